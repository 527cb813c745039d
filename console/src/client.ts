/** The one client of the console. It calls the server that the page came from, as whoever is signed in. */
import { openClient } from '@keyporter/sdk'
import { setClock } from './clock.js'

export const client = openClient({ url: window.location.origin, session: true, onServerTime: setClock })
