// What is taken away: the answer as JSON, the picture with its boxes.

/** Copies a text, also where the page is not served securely and has no clipboard of its own. */
export async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

/** Downloads the picture in its own size, with the boxes that are shown. */
export async function downloadPng(picture, name) {
  const canvas = document.createElement('canvas');
  canvas.width = picture.width;
  canvas.height = picture.height;
  const paint = canvas.getContext('2d');
  paint.drawImage(picture.image, 0, 0, picture.width, picture.height);
  const unit = Math.max(1, Math.round(Math.max(picture.width, picture.height) / 400)); // a fine line
  picture.regions.forEach((region) => drawBox(paint, region, unit));
  picture.regions.forEach((region) => drawName(paint, region, unit));
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${name.replace(/\.[^.]*$/, '')}-boxes.png`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function drawBox(paint, { pixels: [left, top, right, bottom], color }, unit) {
  for (const [style, width] of [['#0009', 4 * unit], [color, 2 * unit]]) {
    paint.strokeStyle = style;
    paint.lineWidth = width;
    paint.strokeRect(left, top, right - left, bottom - top);
  }
}

function drawName(paint, { phrase, pixels: [left, top], color }, unit) {
  const height = 12 * unit;
  paint.font = `${8 * unit}px system-ui, sans-serif`;
  paint.textBaseline = 'middle';
  const width = paint.measureText(phrase).width + 7 * unit;
  const x = Math.max(0, Math.min(left, paint.canvas.width - width));
  const y = top >= height ? top - height : top;
  paint.fillStyle = '#12161bdd';
  paint.fillRect(x, y, width, height);
  paint.fillStyle = color;
  paint.fillRect(x, y, 2 * unit, height);
  paint.fillStyle = '#fff';
  paint.fillText(phrase, x + 4 * unit, y + height / 2);
}
