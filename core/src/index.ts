/** The rules of Keyporter. Pure and synchronous: no clock, no I/O, no hashing. */
export {
  type Address,
  type Block,
  isBlockWithin,
  isInBlock,
  parseAddress,
  parseBlock,
  printAddress,
  printBlock,
} from './address.js'
export { parseAddressList } from './address-list.js'
export { builtinCatalog } from './builtin-catalog.js'
export {
  canonicaliseTarget,
  maxTargetBytes,
  printTarget,
  type QueryMember,
  type Target,
  type TargetResult,
} from './canonical.js'
export {
  type Access,
  type Catalog,
  CatalogError,
  type CatalogSource,
  type Endpoint,
  elementType,
  findParameter,
  loadCatalog,
  type Match,
  type Parameter,
  type ParameterPlace,
  type ParameterType,
  reservedCategories,
} from './catalog.js'
export { findClientAddress, isTrusted } from './client-address.js'
export { type Credentials, listAuthorizations, queryKeyName, readCredentials, readSecret } from './credentials.js'
export {
  type Allow,
  type Decision,
  type Deny,
  decide,
  decideMatched,
  denyBadRequest,
  denyForbiddenOrigin,
  needsBody,
  needsTime,
} from './decide.js'
export { type Denial, type DenialText, type DenyReason, describeChallenge, describeDenial, quotable } from './denial.js'
export { type Explanation, explainDecision } from './explain.js'
export { expandFull, limitAny } from './full-permissions.js'
export { type Check, compileGrant, type Grant, grants, isFull } from './grant.js'
export {
  fromPlain,
  type Json,
  JsonNumber,
  type JsonResult,
  parseJson,
  parseJsonBytes,
  printJson,
  toPlain,
} from './json.js'
export {
  type Account,
  type ApiKey,
  findKeyRefusal,
  type HeldKey,
  type KeyPrincipal,
  type KeyRefusal,
} from './key.js'
export { type KeyParams, parseKeyParams } from './key-params.js'
export {
  findConstrained,
  type PermissionsResult,
  type PlaceholderValues,
  parsePermissions,
  printPermissions,
} from './permission-document.js'
export {
  type CategoryNode,
  type Constraint,
  type Constraints,
  findCategoryNode,
  findEndpointConstraints,
  isWholeCategory,
  type Permissions,
  wildcard,
} from './permissions.js'
export { findRefusal, findUserPermissions, type Principal, readPowers } from './principal.js'
export type { Reading } from './reading.js'
export type { AccessRequest, Body, Presented } from './request.js'
export type { Scalar, ScalarType } from './scalar.js'
export { defaultPrefix, hintSecret, isPossibleSecret, maxSecretLength, mintSecret } from './secret.js'
export {
  findSessionRefusal,
  type Session,
  type SessionPrincipal,
  type SessionRefusal,
  type SignInMethod,
} from './session.js'
export { readStoredPermissions } from './stored-permissions.js'
export {
  type AreaLevel,
  type AreaSummary,
  type PermissionSummary,
  printSummary,
  summarisePermissions,
} from './summary.js'
export { findExcess, findExcessPermission, isWithin, type Powers } from './within.js'
