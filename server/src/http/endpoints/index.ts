/** Every endpoint that Keyporter itself serves: the one table. Its ids are those of core's built-in catalog, all of them. */
import { catalogEndpoint } from './catalog.js'
import { denialsEndpoint } from './denials.js'
import type { ManagementEndpoint } from './endpoint.js'
import { explainEndpoint } from './explain.js'
import { identityEndpoints } from './identities.js'
import { keyEndpoints } from './keys.js'
import { operationEndpoints } from './operations.js'
import { publicEndpoints } from './public.js'
import { sessionEndpoints } from './sessions.js'
import { signInEndpoints } from './sign-in.js'
import { sshKeyEndpoints } from './ssh-keys.js'
import { userEndpoints } from './users.js'
import { verifierEndpoints } from './verifier.js'
import { verifyEndpoint } from './verify.js'
import { whoamiEndpoint } from './whoami.js'

export const endpoints: readonly ManagementEndpoint[] = [
  ...keyEndpoints,
  ...userEndpoints,
  ...sshKeyEndpoints,
  ...sessionEndpoints,
  ...signInEndpoints,
  explainEndpoint,
  denialsEndpoint,
  ...identityEndpoints,
  whoamiEndpoint,
  verifyEndpoint,
  ...verifierEndpoints,
  catalogEndpoint,
  ...publicEndpoints,
  ...operationEndpoints,
]
