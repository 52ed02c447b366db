import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

// The page is served under /_/, by the proxy and inside the window. Built files are addressed
// relative to the page, so that the base path is decided in Go alone.
// public/.gitkeep is copied into dist, so that an emptied dist still compiles.
export default defineConfig(({ command, mode }) => ({
  base: command === 'serve' ? '/_/' : './',
  plugins: [svelte()],
  // Vitest would otherwise take Svelte's server build.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  build: {
    target: ['es2022', 'safari16'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the content security policy allows no inlined files
    sourcemap: false,
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'e2e/**/*.test.mjs'],
  },
}))
