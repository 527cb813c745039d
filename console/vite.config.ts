// The console is built into the server's folder, from where it is served and packed.
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: '../server/console',
    emptyOutDir: true,
    target: 'es2022',
    // Where `light-dark()` is known, of which the themes are made.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
  },
  // `npm run dev -w console` beside a running server.
  server: { port: 5173, proxy: { '/api': 'http://127.0.0.1:7070', '/keyporter': 'http://127.0.0.1:7070' } },
})
