// The documents on the permissions page, and requests whose decision the page states.

export const examples = {
  scoped: {
    text: 'A key that reads and manages instances, and cannot see billing',
    document: { api: { misc: {}, user_read: {}, instance_read: {}, instance_write: {} } },
    requests: [
      { method: 'GET', path: '/api/v0/instances/1227/', allowed: true },
      { method: 'GET', path: '/api/v0/users/current/', allowed: true },
      { method: 'GET', path: '/api/v0/invoices/', allowed: false },
    ],
  },
  endpoint: {
    text: 'Show instances and reboot them, nothing else',
    document: { api: { instance_read: { 'api.instance.show': {} }, instance_write: { 'api.instance.reboot': {} } } },
    requests: [
      { method: 'PUT', path: '/api/v0/instances/reboot/1227/', allowed: true },
      { method: 'DELETE', path: '/api/v0/instances/1227/', allowed: false },
    ],
  },
  wildcard: {
    text: 'Everything, but to read billing only the list of invoices',
    document: { api: { '*': {}, billing_read: { 'api.billing.invoices': {} } } },
    requests: [
      { method: 'PUT', path: '/api/v0/instances/reboot/1227/', allowed: true },
      { method: 'GET', path: '/api/v1/invoices/', allowed: true },
      { method: 'GET', path: '/api/v0/charges/', allowed: false },
    ],
  },
  rest: {
    text: 'Change instances in any way, but destroy only one of them, by either endpoint that destroys',
    document: {
      api: {
        instance_write: {
          '*': {},
          'api.instance.destroy': { constraints: { id: { eq: 1227 } } },
          'api.instance.destroy_bulk': { constraints: { instance_ids: { eq: 1227 } } },
        },
      },
    },
    requests: [
      { method: 'PUT', path: '/api/v0/instances/1/', body: { state: 'stopped' }, allowed: true },
      { method: 'DELETE', path: '/api/v0/instances/1227/', allowed: true },
      { method: 'DELETE', path: '/api/v0/instances/1/', allowed: false },
      { method: 'DELETE', path: '/api/v0/instances/', body: { instance_ids: [1] }, allowed: false },
    ],
  },
  logs: {
    text: 'The logs of one instance',
    document: {
      api: { instance_read: { 'api.instance.request_logs': { constraints: { id: { eq: 1227 } } } } },
    },
    requests: [
      { method: 'PUT', path: '/api/v0/instances/request_logs/1227/', body: { tail: '100' }, allowed: true },
      { method: 'PUT', path: '/api/v0/instances/request_logs/1228/', allowed: false },
      { method: 'PUT', path: '/api/v0/instances/request_logs/1227/?id=1228', allowed: false },
      { method: 'GET', path: '/api/v0/instances/1227/', allowed: false },
    ],
  },
  range: {
    text: 'Bid on two instances, between 0.1 and 0.5 an hour',
    document: {
      api: {
        instance_write: {
          'api.instance.change_bid': { constraints: { id: { eq: [1227, 1228] }, price: { gte: 0.1, lte: 0.5 } } },
        },
      },
    },
    requests: [
      { method: 'PUT', path: '/api/v0/instances/bid_price/1227/', body: { price: 0.4 }, allowed: true },
      { method: 'PUT', path: '/api/v0/instances/bid_price/1227/', body: { price: 0.6 }, allowed: false },
      { method: 'PUT', path: '/api/v0/instances/bid_price/1227/', allowed: false },
    ],
  },
  dotted: {
    text: 'Rent instances with a volume of at most 100 GB',
    document: {
      api: { instance_write: { 'api.instance.create': { constraints: { 'volume_info.size': { lte: 100 } } } } },
    },
    requests: [
      { method: 'PUT', path: '/api/v0/asks/7/', body: { volume_info: { size: 50 } }, allowed: true },
      { method: 'PUT', path: '/api/v0/asks/7/', body: { volume_info: { size: 500 } }, allowed: false },
      { method: 'PUT', path: '/api/v0/asks/7/', body: { image: 'pytorch' }, allowed: false },
    ],
  },
  category: {
    text: 'Manage, reboot and destroy one instance',
    document: {
      api: {
        instance_write: {
          constraints: { id: { eq: 1227 } },
          'api.instance.manage': {},
          'api.instance.reboot': {},
          'api.instance.destroy': {},
        },
      },
    },
    requests: [
      { method: 'PUT', path: '/api/v0/instances/reboot/1227/', allowed: true },
      { method: 'DELETE', path: '/api/v0/instances/1228/', allowed: false },
    ],
  },
  bulk: {
    text: 'Destroy two instances by the endpoint for many',
    document: {
      api: {
        instance_write: { 'api.instance.destroy_bulk': { constraints: { instance_ids: { eq: [1227, 1228] } } } },
      },
    },
    requests: [
      { method: 'DELETE', path: '/api/v0/instances/', body: { instance_ids: [1227] }, allowed: true },
      { method: 'DELETE', path: '/api/v0/instances/', body: { instance_ids: [1227, 1229] }, allowed: false },
    ],
  },
  placeholder: {
    text: 'The logs of the instance that `key_params` names',
    document: {
      api: { instance_read: { 'api.instance.request_logs': { constraints: { id: { eq: '{instance}' } } } } },
    },
    keyParams: { instance: 1227 },
    requests: [{ method: 'PUT', path: '/api/v0/instances/request_logs/1227/', allowed: true }],
  },
}

/** Documents that are refused; the page shows what the server says about them. */
export const mistakes = [
  { read: true, write: false },
  { api: { instance_reed: {} } },
  { api: { instance_read: { 'api.instance.destroy': {} } } },
  { api: { instance_read: true } },
  { api: { instance_read: { 'api.instance.show': { constraints: { machine: { eq: 1 } } } } } },
  { api: { instance_read: { 'api.instance.show': { constraints: { id: { lt: 5 } } } } } },
  { api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: 'abc' } } } } } },
  { api: { instance_read: { 'api.instance.show': { constraints: { id: { gte: 10, lte: 5 } } } } } },
  { api: { public: {} } },
]
