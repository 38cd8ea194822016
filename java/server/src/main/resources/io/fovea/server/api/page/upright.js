// Cameras store pictures as the sensor lies and note how to turn them (EXIF); models see what is stored.

const UPRIGHT = 1;
const JPEG = 0xffd8;
const APP1 = 0xffe1;
const START_OF_SCAN = 0xffda;
const EXIF = 0x45786966; // "Exif"
const ORIENTATION = 0x0112;

/** The tag in a JPEG's first directory: 1 to 8. */
function orientation(view) {
  if (view.byteLength < 4 || view.getUint16(0) !== JPEG) return UPRIGHT;
  for (let at = 2; at + 10 < view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === APP1 && view.getUint32(at + 4) === EXIF) return inDirectory(view, at + 10);
    if (marker === START_OF_SCAN || marker < 0xff00) break;
  }
  return UPRIGHT;
}

function inDirectory(view, tiff) {
  const little = view.getUint16(tiff) === 0x4949; // "II"
  const directory = tiff + view.getUint32(tiff + 4, little);
  const entries = view.getUint16(directory, little);
  for (let entry = directory + 2; entry < directory + 2 + 12 * entries; entry += 12) {
    if (view.getUint16(entry, little) === ORIENTATION) return view.getUint16(entry + 8, little);
  }
  return UPRIGHT;
}

/** The picture as people see it: the same file, or where that must be turned a new one. */
export async function upright(blob) {
  try {
    const head = new DataView(await blob.slice(0, 1 << 17).arrayBuffer());
    if (orientation(head) === UPRIGHT) return blob;
    const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    return await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
  } catch {
    return blob; // a broken file: the server says what is wrong with it
  }
}
