/**
 * Every setting there is, as data: `config/load.ts` reads them, docs/configuration.md is generated from them.
 * A setting is an environment variable; an empty one counts as not given.
 */

export interface Setting {
  readonly env: string
  readonly type: 'text' | 'integer' | 'boolean' | 'milliseconds' | 'url' | 'list'
  /** As one would write it; null when there is none. */
  readonly default: string | null
  readonly description: string
  /** Never shown, not even in an error about itself. */
  readonly secret?: boolean
}

export const settings = {
  host: {
    env: 'KEYPORTER_HOST',
    type: 'text',
    default: '127.0.0.1',
    description: 'Address to listen on. Anything but loopback wants TLS in front: secrets travel in the requests.',
  },
  port: {
    env: 'KEYPORTER_PORT',
    type: 'integer',
    default: '7070',
    description: 'Port to listen on; 0 takes a free one.',
  },
  dataDir: {
    env: 'KEYPORTER_DATA_DIR',
    type: 'text',
    default: './data',
    description: 'Folder of the database and the pepper. Made on first start, readable by its owner alone.',
  },
  database: {
    env: 'KEYPORTER_DATABASE',
    type: 'url',
    default: null,
    secret: true,
    description:
      'A PostgreSQL to use, postgres://user:password@host:5432/name; several hosts, separated by commas, of which the primary is used. Without it, a SQLite file in the data folder.',
  },
  adminEmail: {
    env: 'KEYPORTER_ADMIN_EMAIL',
    type: 'text',
    default: 'admin@localhost',
    description: "E-mail of the operator's account, which the first start makes.",
  },
  upstream: {
    env: 'KEYPORTER_UPSTREAM',
    type: 'url',
    default: null,
    description: 'The API to protect, http or https, with an optional base path. Without it nothing is forwarded.',
  },
  catalog: {
    env: 'KEYPORTER_CATALOG',
    type: 'list',
    default: 'vast',
    description: 'Catalogs to load: names of shipped ones (vast) or paths of JSON files, separated by commas.',
  },
  consolePort: {
    env: 'KEYPORTER_CONSOLE_PORT',
    type: 'integer',
    default: '7071',
    description:
      'Port of the web console where there is an upstream, so that no page of the upstream shares its origin; 0 takes a free one, as does the default where KEYPORTER_PORT is 0. Without an upstream the console is at / of the one port.',
  },
  consoleUrl: {
    env: 'KEYPORTER_CONSOLE_URL',
    type: 'url',
    default: null,
    description:
      'Where browsers reach the console, such as https://keys.example.com: its origin is the only one whose pages may use a session. Without it, the Host of each request, by https where TLS ends in front.',
  },
  apiUrl: {
    env: 'KEYPORTER_API_URL',
    type: 'url',
    default: null,
    description:
      'Where programs reach the API, such as https://api.example.com: what the console writes into the first steps with a new key. Without it, the address of the console; with an upstream and without TLS in front, its host with KEYPORTER_PORT.',
  },
  oidcIssuer: {
    env: 'KEYPORTER_OIDC_ISSUER',
    type: 'url',
    default: null,
    description:
      'Issuer of an OpenID provider by which people may sign in once their identity is linked. https; http only on loopback. Needs KEYPORTER_OIDC_CLIENT_ID and KEYPORTER_CONSOLE_URL, to whose /keyporter/oidc/callback the provider has to send browsers back.',
  },
  oidcClientId: {
    env: 'KEYPORTER_OIDC_CLIENT_ID',
    type: 'text',
    default: null,
    description: 'What the provider knows this server by.',
  },
  oidcClientSecret: {
    env: 'KEYPORTER_OIDC_CLIENT_SECRET',
    type: 'text',
    default: null,
    secret: true,
    description: 'The secret that goes with it; none for a public client.',
  },
  oidcName: {
    env: 'KEYPORTER_OIDC_NAME',
    type: 'text',
    default: null,
    description: 'What people call the provider. Without it, the host of the issuer.',
  },
  pepper: {
    env: 'KEYPORTER_PEPPER',
    type: 'text',
    default: null,
    secret: true,
    description: 'The pepper itself. Without it and without a file, one is made in the data folder on first start.',
  },
  pepperFile: {
    env: 'KEYPORTER_PEPPER_FILE',
    type: 'text',
    default: null,
    description: 'File that holds the pepper.',
  },
  retiredPeppers: {
    env: 'KEYPORTER_RETIRED_PEPPERS',
    type: 'list',
    default: null,
    secret: true,
    description:
      'Earlier peppers, separated by commas: keys under them still verify, and move to the current one when used.',
  },
  keyPrefix: {
    env: 'KEYPORTER_KEY_PREFIX',
    type: 'text',
    default: 'kp_',
    description: 'What new secrets begin with: 1 to 16 letters, digits or underscores.',
  },
  strictPermissions: {
    env: 'KEYPORTER_STRICT_PERMISSIONS',
    type: 'boolean',
    default: 'false',
    description: 'Refuse to create a key without a permission document, instead of giving it all of its creator.',
  },
  queryKeys: {
    env: 'KEYPORTER_QUERY_KEYS',
    type: 'boolean',
    default: 'true',
    description:
      'Accept the secret as the query member api_key where there is no Authorization header, as old clients send it.',
  },
  passSecret: {
    env: 'KEYPORTER_PASS_SECRET',
    type: 'boolean',
    default: 'false',
    description: 'Pass the Authorization header on to the upstream.',
  },
  trustedProxies: {
    env: 'KEYPORTER_TRUSTED_PROXIES',
    type: 'list',
    default: null,
    description:
      'Addresses and CIDR blocks of proxies whose X-Forwarded-For is believed. The client is the rightmost address that is not among them.',
  },
  corsOrigins: {
    env: 'KEYPORTER_CORS_ORIGINS',
    type: 'list',
    default: null,
    description: 'Origins whose pages may call this server from a browser.',
  },
  behindTls: {
    env: 'KEYPORTER_BEHIND_TLS',
    type: 'boolean',
    default: 'false',
    description:
      'Say that TLS ends in front of this server: the cookie of the console is then Secure, its pages say so for a year (HSTS), and the warning about listening beyond loopback is silent.',
  },
  connectTimeoutMs: {
    env: 'KEYPORTER_UPSTREAM_CONNECT_TIMEOUT',
    type: 'milliseconds',
    default: '5000',
    description: 'Time for the upstream to accept a connection.',
  },
  headersTimeoutMs: {
    env: 'KEYPORTER_UPSTREAM_TIMEOUT',
    type: 'milliseconds',
    default: '120000',
    description: 'Time for the upstream to begin its answer.',
  },
  bodyIdleTimeoutMs: {
    env: 'KEYPORTER_UPSTREAM_IDLE_TIMEOUT',
    type: 'milliseconds',
    default: '300000',
    description: 'Time for which the body of an answer may stand still.',
  },
  upstreamConnections: {
    env: 'KEYPORTER_UPSTREAM_CONNECTIONS',
    type: 'integer',
    default: '256',
    description: 'Most connections to the upstream.',
  },
  maxConnections: {
    env: 'KEYPORTER_MAX_CONNECTIONS',
    type: 'integer',
    default: '10000',
    description: 'Most connections of clients that a process holds; further ones are closed at once.',
  },
  failedAuthBurst: {
    env: 'KEYPORTER_FAILED_AUTH_BURST',
    type: 'integer',
    default: '60',
    description:
      'Failed authentications that one client address may make at once before it is answered 429. Shared out evenly among the workers.',
  },
  failedAuthPerMinute: {
    env: 'KEYPORTER_FAILED_AUTH_PER_MINUTE',
    type: 'integer',
    default: '60',
    description: 'Failed authentications a minute that it may go on making. A good secret is never refused for it.',
  },
  workers: {
    env: 'KEYPORTER_WORKERS',
    type: 'integer',
    default: null,
    description:
      'Processes that serve behind the one port; one for each core when it is not given. With 1, the process that was started serves itself.',
  },
  drainDelayMs: {
    env: 'KEYPORTER_DRAIN_DELAY',
    type: 'milliseconds',
    default: '0',
    description:
      'How long a server that was told to stop goes on taking requests while /keyporter/readyz already answers 503: time for load balancers to look elsewhere.',
  },
  drainTimeoutMs: {
    env: 'KEYPORTER_DRAIN_TIMEOUT',
    type: 'milliseconds',
    default: '10000',
    description: 'How long running exchanges and tunnels may go on after that before they are cut.',
  },
  metrics: {
    env: 'KEYPORTER_METRICS',
    type: 'text',
    default: 'operate',
    description:
      'Who may read /keyporter/metrics: operate (keys with that category) or public (anybody who reaches the port). They name no key and no account.',
  },
  usageIntervalMs: {
    env: 'KEYPORTER_USAGE_INTERVAL',
    type: 'milliseconds',
    default: '10000',
    description: 'How far "last used" and the list of denials may lag behind.',
  },
  leaseMs: {
    env: 'KEYPORTER_LEASE',
    type: 'milliseconds',
    default: '2000',
    description:
      'The lease of verifiers, written to the store on its first start and taken from there ever after: how long an outage of the store they survive, and the longest wait of a revoking call.',
  },
  memoryKeys: {
    env: 'KEYPORTER_MEMORY_KEYS',
    type: 'integer',
    default: '1200000',
    description: 'Most keys a process holds in memory; those longest unused make room.',
  },
  loadsPerSecond: {
    env: 'KEYPORTER_LOADS_PER_SECOND',
    type: 'integer',
    default: '5000',
    description: 'Most secrets a second that a process looks up in the store; what comes above that is answered 503.',
  },
  logLevel: {
    env: 'KEYPORTER_LOG_LEVEL',
    type: 'text',
    default: 'info',
    description: 'Least severe level that is logged to stderr: trace, debug, info, warn, error, fatal or silent.',
  },
} as const satisfies Record<string, Setting>
