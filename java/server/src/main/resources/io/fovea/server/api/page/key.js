// Asks for the API key where the server wants one.

import { onKeyWanted } from './api.js';

const element = (id) => document.getElementById(id);
const dialog = element('key');

onKeyWanted((problem) => {
  element('key-problem').textContent = problem;
  element('key-text').value = '';
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener('close', () => answer(dialog.returnValue || null), { once: true });
  });
});

element('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  dialog.close(element('key-text').value.trim());
});
element('key-cancel').addEventListener('click', () => dialog.close(''));
dialog.addEventListener('cancel', () => (dialog.returnValue = ''));
