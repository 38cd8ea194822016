// Where pictures come from: a file, the camera, the clipboard, dropping, the sample.

const element = (id) => document.getElementById(id);

/** Calls `take(blob, name)` with every picture. */
export function onPicture(take) {
  const file = element('file');
  const camera = element('camera');
  for (const input of [file, camera]) {
    input.addEventListener('change', () => {
      if (input.files.length) take(input.files[0], input.files[0].name);
      input.value = ''; // the same file may be chosen again
    });
  }
  element('choose').addEventListener('click', () => file.click());
  element('another').addEventListener('click', () => file.click());
  element('take').addEventListener('click', () => camera.click());
  element('sample').addEventListener('click', async () =>
    take(await (await fetch('page/scene.png')).blob(), 'sample'),
  );
  document.addEventListener('paste', ({ clipboardData }) => {
    const pasted = [...clipboardData.files].find(({ type }) => type.startsWith('image/'));
    if (pasted) take(pasted, 'pasted');
  });
  onDrop((dropped) => take(dropped, dropped.name));
}

/** Anywhere on the page; a file that misses would replace it. */
function onDrop(take) {
  const mark = (on) => document.body.classList.toggle('dropping', on);
  document.addEventListener('dragover', (event) => {
    if (!event.dataTransfer.types.includes('Files')) return; // text, for the field
    event.preventDefault();
    mark(true);
  });
  document.addEventListener('dragleave', ({ relatedTarget }) => relatedTarget ?? mark(false));
  document.addEventListener('drop', (event) => {
    mark(false);
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}
