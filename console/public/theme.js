// Runs before the first paint, so that a remembered theme never flashes into the other one.
try {
  const theme = localStorage.getItem('keyporter.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {}
