// Before every test file: a real IndexedDB (in memory), and an origin for the generated client.
import 'fake-indexeddb/auto'
import { client } from '@/api/client.gen'

client.setConfig({ baseUrl: 'http://localhost:3000' })
