// Loaded before anything is painted, so that a chosen theme does not flash. The switch is in page.js.
{
  const chosen = localStorage.getItem('fovea-theme');
  if (chosen) document.documentElement.dataset.theme = chosen;
}
