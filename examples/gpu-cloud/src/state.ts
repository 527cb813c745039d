/**
 * What this small GPU cloud knows, in memory: instances, offers, machines, volumes, bills and the texts that can be fetched.
 * Rows are kept in the shape they have on the wire (snake case, epoch seconds), so that routes hand them out as they are.
 */
import { randomUUID } from 'node:crypto'

export type Row = Record<string, unknown>

/** One rented machine. `extra_env` holds pairs, as the official client wants them. */
export interface Instance extends Row {
  readonly id: number
  actual_status: 'running' | 'exited'
  intended_status: 'running' | 'stopped'
  label: string | null
  start_date: number
  extra_env: [string, string][]
  logs: string[]
}

export interface CloudState {
  instances: Map<number, Instance>
  offers: Row[]
  machines: Row[]
  volumes: Row[]
  invoices: Row[]
  charges: Row[]
  /** Texts behind unguessable names, oldest first; only the newest thousand are kept. */
  results: Map<string, string>
  nextInstanceId: number
}

const DAY_SECONDS = 86_400
const MAX_RESULTS = 1_000

/** A cloud with four instances (1227 and 1228 among them), seven offers, two machines, a volume and a week of bills. */
export function createState(nowSeconds: number): CloudState {
  return {
    instances: new Map(
      [
        createInstance(1227, 101, 'training', 'RTX 4090', 0.41, nowSeconds - 2 * DAY_SECONDS),
        createInstance(1228, 101, 'inference', 'RTX 4090', 0.41, nowSeconds - DAY_SECONDS),
        createInstance(1229, 102, null, 'H100 SXM', 2.1, nowSeconds - 3_600),
        createInstance(1230, 102, 'training', 'H100 SXM', 2.1, nowSeconds - 600),
      ].map((instance) => [instance.id, instance]),
    ),
    offers: [
      createOffer(5, 103, 'RTX 3090', 1, 0.19),
      createOffer(6, 103, 'RTX 3090', 2, 0.37),
      createOffer(7, 101, 'RTX 4090', 1, 0.41),
      createOffer(8, 101, 'RTX 4090', 4, 1.62),
      createOffer(9, 102, 'H100 SXM', 1, 2.1),
      createOffer(10, 102, 'H100 SXM', 8, 16.4),
      createOffer(11, 104, 'A100 PCIE', 1, 0.9),
    ],
    machines: [createMachine(101, 'RTX 4090', 8, 0.4), createMachine(102, 'H100 SXM', 8, 2.05)],
    volumes: [createVolume(31, 101, 'datasets', nowSeconds - 30 * DAY_SECONDS)],
    invoices: [
      createInvoice(9001, 'credit', 'stripe_payments', 50, 'Card payment', nowSeconds - 5 * DAY_SECONDS),
      createInvoice(9002, 'transfer', 'transfer', 10, 'Credit transfer', nowSeconds - 2 * DAY_SECONDS),
    ],
    charges: [
      createCharge('instance', 'instance-1227', 9.84, 'RTX 4090, 24 hours', nowSeconds - 2 * DAY_SECONDS),
      createCharge('volume', 'volume-31', 0.12, 'Storage, 40 GB', nowSeconds - 6 * 3_600),
    ],
    results: new Map(),
    nextInstanceId: 1_301,
  }
}

/** Rents an offer: it becomes an instance, and is no longer on offer. */
export function rentOffer(state: CloudState, offer: Row, order: Row, nowSeconds: number): Instance {
  const instance = createInstance(
    state.nextInstanceId,
    Number(offer.machine_id),
    typeof order.label === 'string' ? order.label : null,
    String(offer.gpu_name),
    Number(offer.dph_total),
    nowSeconds,
  )
  instance.num_gpus = offer.num_gpus
  instance.image_uuid = order.image ?? null
  instance.disk_space = order.disk ?? 10
  instance.extra_env = Object.entries(toRow(order.env)).map(([name, value]) => [name, String(value)])
  state.nextInstanceId += 1
  state.offers = state.offers.filter((row) => row !== offer)
  state.instances.set(instance.id, instance)
  return instance
}

/** Keeps a text and returns the path under which anybody who knows it can fetch it: 122 random bits. */
export function storeResult(state: CloudState, text: string): string {
  const name = randomUUID()
  state.results.set(name, text)
  for (const oldest of state.results.keys()) {
    if (state.results.size <= MAX_RESULTS) break
    state.results.delete(oldest)
  }
  return `/results/${name}.txt`
}

/** The value if it is a JSON object, otherwise an empty one. */
export function toRow(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {}
}

function createInstance(
  id: number,
  machineId: number,
  label: string | null,
  gpuName: string,
  dollarsPerHour: number,
  startDate: number,
): Instance {
  return {
    id,
    machine_id: machineId,
    host_id: 40 + machineId,
    actual_status: 'running',
    intended_status: 'running',
    label,
    start_date: startDate,
    extra_env: [['TZ', 'UTC']],
    num_gpus: 1,
    gpu_name: gpuName,
    gpu_util: 63.5,
    cpu_cores_effective: 16,
    cpu_ram: 64_000,
    disk_space: 40,
    disk_usage: 12.5,
    disk_util: 0.31,
    dph_total: dollarsPerHour,
    image_uuid: 'pytorch/pytorch:latest',
    inet_up: 812,
    inet_down: 905,
    reliability2: 0.9987,
    uptime_mins: 90,
    ssh_host: 'ssh5.example.test',
    ssh_port: 20_000 + (id % 10_000),
    geolocation: 'Finland, FI',
    verification: 'verified',
    template_id: null,
    template_name: null,
    status_msg: 'success, running',
    volume_info: [],
    logs: [`instance ${id}: pulling image`, `instance ${id}: starting container`, `instance ${id}: ready`],
  }
}

function createOffer(id: number, machineId: number, gpuName: string, numGpus: number, dollarsPerHour: number): Row {
  return {
    id,
    ask_contract_id: id,
    machine_id: machineId,
    host_id: 40 + machineId,
    gpu_name: gpuName,
    num_gpus: numGpus,
    gpu_ram: 24_000,
    dph_total: dollarsPerHour,
    discounted_dph_total: dollarsPerHour,
    min_bid: dollarsPerHour / 2,
    cuda_max_good: 12.8,
    pcie_bw: 24.2,
    cpu_ghz: 3.4,
    cpu_cores_effective: 16 * numGpus,
    cpu_ram: 64_000 * numGpus,
    disk_space: 500,
    dlperf: 80 * numGpus,
    dlperf_per_dphtotal: (80 * numGpus) / dollarsPerHour,
    score: (100 * numGpus) / dollarsPerHour,
    driver_version: '570.86.15',
    inet_up: 812,
    inet_down: 905,
    reliability: 0.9987,
    duration: 30 * DAY_SECONDS,
    verification: 'verified',
    verified: true,
    external: false,
    rentable: true,
    rented: false,
    direct_port_count: 100,
    geolocation: 'Finland, FI',
  }
}

function createMachine(id: number, gpuName: string, numGpus: number, dollarsPerHour: number): Row {
  return {
    id,
    machine_id: id,
    num_gpus: numGpus,
    gpu_name: gpuName,
    disk_space: 4_000,
    hostname: `rack-${id}`,
    driver_version: '570.86.15',
    reliability2: 0.9987,
    verification: 'verified',
    public_ipaddr: '192.0.2.10',
    geolocation: 'Finland, FI',
    num_reports: 0,
    listed_gpu_cost: dollarsPerHour,
    min_bid_price: dollarsPerHour / 2,
    credit_discount_max: 0.4,
    listed_inet_up_cost: 0.002,
    listed_inet_down_cost: 0.002,
    gpu_occupancy: 'D D x x x x x x',
  }
}

function createVolume(id: number, machineId: number, label: string, startDate: number): Row {
  return {
    id,
    cluster_id: null,
    label,
    type: 'local_volume',
    disk_space: 40,
    status: 'ready',
    disk_name: 'nvme0',
    driver_version: '570.86.15',
    inet_up: 812,
    inet_down: 905,
    reliability2: 0.9987,
    start_date: startDate,
    machine_id: machineId,
    verification: 'verified',
    host_id: 40 + machineId,
    geolocation: 'Finland, FI',
    instances: [1227],
  }
}

function createInvoice(
  id: number,
  type: string,
  source: string,
  amount: number,
  description: string,
  when: number,
): Row {
  return {
    id,
    type,
    source,
    service: source,
    amount,
    description,
    when,
    start: when,
    end: when,
    metadata: { invoice_id: id },
    items: [],
  }
}

function createCharge(type: string, source: string, amount: number, description: string, day: number): Row {
  return { type, source, amount, description, day, start: day, end: day, metadata: {}, items: [] }
}
