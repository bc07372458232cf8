// The only place that knows where the contract is; the output is never edited and never committed.
import { defineConfig } from '@hey-api/openapi-ts'

export default defineConfig({
  input: process.env.GRADPHOTO_OPENAPI ?? '../openapi/openapi.json',
  output: { path: 'src/api' },
  plugins: [
    { name: '@hey-api/client-fetch', throwOnError: true, runtimeConfigPath: './src/app/client' },
    '@hey-api/typescript',
    '@hey-api/sdk',
    '@tanstack/vue-query',
  ],
})
