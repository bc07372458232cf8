// How the generated client reaches the server: same origin, by cookie, JSON both ways.
import type { CreateClientConfig } from '@/api/client.gen'

export const createClientConfig: CreateClientConfig = (config) => ({
  ...config,
  baseUrl: '',
  credentials: 'same-origin',
  headers: { Accept: 'application/json, application/problem+json' },
})
