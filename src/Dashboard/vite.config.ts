import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// During `npm run dev` the page asks a server at its usual address.
const server = "http://127.0.0.1:5080";

export default defineConfig({
  plugins: [react()],
  build: { assetsInlineLimit: 0, chunkSizeWarningLimit: 700, reportCompressedSize: true },
  server: { proxy: { "/api": server, "/health": server } },
});
