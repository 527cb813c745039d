/** The client of a Keyporter server. Web APIs only: runs in Node, browsers and at the edge. */
export {
  type CatalogCategory,
  type CatalogEndpoint,
  type CatalogListing,
  printCatalogCategory,
  printCatalogEndpoint,
} from './catalog.js'
export { type Client, type ClientOptions, openClient } from './client.js'
export { type AccountDenial, printDenial } from './denials.js'
export { type ErrorCode, errorCodes, KeyporterError, type Unconfirmed } from './error.js'
export { type ExplainedRequest, type Explanation, printExplanation } from './explain.js'
export type { LinkedIdentity } from './identities.js'
export {
  type ApiKey,
  type ApiKeyChanges,
  type ApiKeyPage,
  type ApiKeyQuery,
  type IssuedApiKey,
  type NewApiKey,
  type PermissionDocument,
  printApiKey,
  type ResetApiKey,
} from './keys.js'
export { type ExpressRequest, type ExpressResponse, protectExpress } from './middleware/express.js'
export { type FastifyLike, protectFastify } from './middleware/fastify.js'
export type { GuardOptions, Identity } from './middleware/guard.js'
export { type HonoContext, type HonoGuardOptions, protectHono } from './middleware/hono.js'
export { type Protected, protectRequests, type WebGuardOptions } from './middleware/web.js'
export type { ConsoleSession, SignInMethods } from './sessions.js'
export { digestText } from './sha256.js'
export { printSshKey, type SshKey } from './ssh-keys.js'
export {
  type Account,
  type OwnSession,
  printAccount,
  printUser,
  type SignInMethod,
  type User,
  type UserChanges,
  type Whoami,
} from './users.js'
export { type Judged, type Judging, judge, type Received } from './verifier/judge.js'
export { Memory, type MemoryLimits } from './verifier/memory.js'
export {
  type Checked,
  type CheckRequest,
  type KeyVerifier,
  type KeyVerifierOptions,
  openVerifier,
} from './verifier/open.js'
export { type CompileDocument, createCompiler, printLoaded, readLoaded } from './verifier/record.js'
export type {
  Change,
  Changes,
  Kind,
  Loaded,
  Position,
  Registered,
  Renewal,
  Renewed,
  Source,
  Standing,
  Touch,
} from './verifier/source.js'
export { describeBusy, describeDecision, findChallenge, type Verdict } from './verifier/verdict.js'
export {
  Busy,
  type Clock,
  type Found,
  marginOf,
  type Touched,
  Verifier,
  type VerifierLimits,
  type VerifierOptions,
  type VerifierStatus,
} from './verifier/verifier.js'
export { printVerifier, type RegisteredVerifier } from './verifiers.js'
