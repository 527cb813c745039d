/*
 * The revocation protocol of Keyporter, small enough to be searched exhaustively.
 *
 * The claim: when a call that changes a key has returned, no request that starts afterwards is decided by an older state
 * of that key, whatever is delayed, lost, frozen, crashed, swept or failed over. It is `claim`, further down.
 *
 * Every `d_step` is one indivisible step of one party. Between any two steps anything else may happen, time included,
 * and nothing ever has to happen: a party that takes no step while `Time` ticks is a frozen one, a message that never
 * arrives is a lost one. What is stored of a period is what is left of it, never an absolute time, so the search is
 * bounded in the number of changes but not in time.
 *
 * Sentences in quotation marks are the protocol's. Each `-DMUTANT_...` breaks one rule. README.md says what is left out.
 */

/* ---- The size of the model ---------------------------------------------------------------------------------- */

#ifndef VERIFIERS
#define VERIFIERS 1 /* 1 or 2 */
#endif
#ifndef CHANGES
#define CHANGES 1 /* calls that change the key, each with a revoker of its own; they may overlap */
#endif
#ifndef LOADS
#define LOADS 1 /* 1 or 2: reads of the key in flight at once, for each verifier */
#endif
#ifndef SHORT
#define SHORT 2 /* the lease in ticks: verifiers decide while fewer have passed; revokers and sweeper wait for so many */
#endif
#ifndef LONG
#define LONG SHORT /* where it is above SHORT, the setting changes between the two at any time */
#endif
#ifndef FAILOVERS
#define FAILOVERS 0 /* failovers that lose a change whose COMMIT nobody was told of */
#endif

/* ---- Rules that a mutant breaks (the others are marked where they stand) -------------------------------------- */

/* Revoker: "returns when every row found has reported this change or a later one, or is gone". "If the registry cannot
 * be read, or a row stays silent, it returns when one lease plus margin of its own monotonic clock has passed". */
#ifdef MUTANT_NO_WAIT
#define MAY_RETURN(r) true
#else
#define MAY_RETURN(r) (revoker[r].left == 0 || (revoker[r].step == LOOKED && revoker[r].awaits == 0))
#endif

#ifdef MUTANT_SHORT_WAIT
#define WAIT(lease_) (lease_ - 1)
#else
#define WAIT(lease_) lease_
#endif

/* "... has passed since the confirmation". */
#ifdef MUTANT_WAIT_FROM_SENDING
#define WAIT_RUNS(r) (revoker[r].step >= SIZED)
#else
#define WAIT_RUNS(r) (revoker[r].step >= CONFIRMED)
#endif

/* Deciding: "from memory only before the deadline, by a fresh reading of the clock". */
#ifdef MUTANT_NO_DEADLINE
#define MAY_DECIDE(v) true
#else
#define MAY_DECIDE(v) (verifier[v].left > 0)
#endif

/* Fill: "nor does one [join] that arrives after the lease lapsed". */
#ifdef MUTANT_JOIN_AFTER_LAPSE
#define MAY_JOIN(v) true
#else
#define MAY_JOIN(v) MAY_DECIDE(v)
#endif

/* Fill: "never before the registration is committed". */
#ifdef MUTANT_FILL_BEFORE_REGISTRATION
#define MAY_LOAD(v) (verifier[v].step != OUT)
#else
#define MAY_LOAD(v) (verifier[v].step >= IDLE)
#endif

/* Sweeper: "registrations whose renewal counter it saw unchanged for a whole lease (the row's) of its own clock". */
#ifdef MUTANT_EARLY_SWEEP
#define MAY_SWEEP(v) (row[v].quiet >= row[v].lease - 1)
#else
#define MAY_SWEEP(v) (row[v].quiet >= row[v].lease)
#endif

/* Lease: "registrations, and renewals that raise it, take the writers' lock". Whether one raises is judged by the row
 * at the moment of the write, not by what the verifier believes the row to hold. */
#ifdef MUTANT_UNLOCKED_REGISTRATION
#define MAY_REGISTER true
#else
#define MAY_REGISTER !locked
#endif
#if defined(MUTANT_UNLOCKED_RAISE)
#define MAY_WRITE_LEASE(v, wanted) true
#elif defined(MUTANT_RAISE_BY_BELIEF)
#define MAY_WRITE_LEASE(v, wanted) (!locked || wanted <= verifier[v].believed)
#else
#define MAY_WRITE_LEASE(v, wanted) (!locked || wanted <= row[v].lease)
#endif

/* Verifier cycle: where "the log no longer holds that change (a restore, a failover), it answers `gone`"; a report is
 * "refused if the log does not hold it". Without its random tag, a change is known by its seq alone. */
#define HOLDS(change_) (seqOf[change_] <= head && log[seqOf[change_]] == change_)
#ifdef MUTANT_RENEWAL_WITHOUT_TAG
#define MAY_RENEW(change_) (seqOf[change_] <= head)
#else
#define MAY_RENEW(change_) HOLDS(change_)
#endif
#ifdef MUTANT_REPORT_WITHOUT_TAG
#define MAY_REPORT(change_) (seqOf[change_] <= head)
#else
#define MAY_REPORT(change_) HOLDS(change_)
#endif

/* ---- State -------------------------------------------------------------------------------------------------- */

/* The store. "Change log: each such call writes its rows and a change `(seq, random tag, what it touches)`". Tags are
 * numbered in the order in which they are drawn, so a tag also names the state of the key that its change made; tag 0
 * is "row 1", which "the first migration writes". Wherever this model says `change`, it means a tag. */
byte head; /* seq of the newest change */
byte log[CHANGES + 1]; /* the tag at each seq */
byte seqOf[CHANGES + 1]; /* the seq that each tag was written at */
byte drawn; /* tags drawn so far */
bool locked; /* the writers' lock, held by the transaction of a revoker */
bool fragile; /* a failover could lose the newest change: no write has been confirmed since */
byte failovers;

byte returned; /* the newest change whose call has returned 2xx */

/* The registry: one row for each verifier, its present registration. */
typedef Row {
  bool here;
  byte position; /* the newest change reported */
  byte lease;
  bool seen; /* the sweeper has looked at the present value of the renewal counter ... */
  byte quiet; /* ... so many ticks ago */
  byte lateRenewals; /* renewals of abandoned cycles, still on their way: the set of the leases they would write */
  byte reports; /* reports on their way: the set of their changes */
  bool doomed /* in MUTANT_SWEEP_UNCONDITIONALLY */
}
Row row[VERIFIERS];
#define ROW row[v]
#define LEASE_BIT(lease_) (lease_ == SHORT -> 1 : 2)

/* A read of the key for the memory of a verifier; requests that miss wait for it together. */
typedef Load {
  byte step;
  byte state; /* of the key, as it was read */
  byte owed /* the newest change that had returned when the last request joined */
}
#define NONE 0
#define ASKED 1 /* on its way to the store */
#define ANSWERED 2 /* on its way back */

typedef Verifier {
  byte step;
  byte age; /* ticks since t0 of the present cycle */
  byte lease; /* what the present cycle writes, and counts with; 0 in one that renews nothing */
  byte left; /* ticks until the deadline; 0: lapsed */
  byte applied; /* the newest change applied */
  byte read; /* the newest change that the present cycle has read */
  byte memory; /* the state of the key that it holds, or EMPTY */
  Load load[LOADS];
  bool lateReply; /* in MUTANT_LATE_REPLY: the reply to an abandoned renewal is on its way */
  byte lateRead; /* in MUTANT_LATE_READ: what an abandoned cycle has read, plus 1 */
  byte believed /* in MUTANT_RAISE_BY_BELIEF: the lease of the last confirmed renewal */
}
Verifier verifier[VERIFIERS];
#define V verifier[v]
#define LOAD verifier[v].load[l]
#define EMPTY 255

#define OUT 0 /* holds no registration */
#define REGISTERING 1 /* a registration is on its way to the store */
#define REGISTERED 2 /* its reply is on its way back */
#define IDLE 3 /* registered, between two cycles */
#define RENEWING 4 /* a renewal is on its way to the store */
#define RENEWED 5 /* its reply is on its way back */
#define REFUSED 6 /* its reply, `gone`, is on its way back */
#define READING 7 /* confirmed, or woken; a read of the log is on its way to the store */
#define READ 8 /* the changes are on their way back */
#define ACKED 9 /* in MUTANT_ACK_BEFORE_APPLY */
#define APPLIED 10

typedef Revoker {
  byte step;
  byte change;
  byte left; /* ticks that it still waits at most */
  byte awaits; /* the set of verifiers whose rows it found, and that have neither reported its change nor gone */
  bool looked /* in MUTANT_LOOK_BEFORE_COMMIT */
}
Revoker revoker[CHANGES];
#define R revoker[r]

#define NEW 0
#define LOCKED 1 /* in its transaction, holding the writers' lock */
#define SIZED 2 /* has read the largest lease in any row */
#define COMMITTED 3 /* in force; the confirmation is on its way back */
#define CONFIRMED 4
#define LOOKED 5 /* has read the registry */
#define RETURNED 6
#define UNKNOWN 7 /* never confirmed: the call answers `outcome_unknown`, which promises nothing */

#define HAS_REPORTED(v, r) (seqOf[row[v].position] >= seqOf[revoker[r].change])

byte i, j; /* loop counters, 0 between steps */

/* ---- Building blocks ---------------------------------------------------------------------------------------- */

/* A request is decided by a state of the key that is not older than the newest change that had returned when it
 * started, which is `owed_`. */
inline claim(state_, owed_) {
  assert(state_ >= owed_)
}

/* The row goes, and so does what still travels under its id: an id is never used again. */
inline removeRow(v) {
  ROW.here = false;
  ROW.position = 0;
  ROW.lease = 0;
  ROW.seen = false;
  ROW.quiet = 0;
  ROW.lateRenewals = 0;
  ROW.reports = 0;
  ROW.doomed = false;
  for (i : 0 .. CHANGES - 1) {
    revoker[i].awaits = revoker[i].awaits & ~(1 << v)
  }
  i = 0
}

/* A registration or a renewal is written: the renewal counter moves. */
inline writeRow(v, lease_) {
  ROW.lease = lease_;
  ROW.seen = false;
  ROW.quiet = 0;
  fragile = false
}

inline insertRow(v, change_) {
  ROW.here = true;
  ROW.position = change_;
  writeRow(v, V.lease);
  V.applied = change_
}

inline sendReport(v, change_) {
  if
  :: ROW.here && seqOf[change_] > seqOf[ROW.position] -> ROW.reports = ROW.reports | (1 << change_)
  :: else /* it would change nothing */
  fi
}

inline startCycle(v, lease_, step_) {
  V.age = 0; /* "`t0` = monotonic now" */
  V.lease = lease_;
  V.step = step_
}

inline endCycle(v, step_) {
  V.age = 0;
  V.lease = 0;
  V.read = 0;
  V.step = step_
}

/* The registration is given up. The model removes its row at once: a row that nobody renews can only make revokers wait
 * longer, until the sweeper takes it, so this lets more happen, not less. */
inline leave(v) {
  removeRow(v);
  endCycle(v, OUT);
  V.applied = 0
}

inline dropLoad(v, l) {
  LOAD.step = NONE;
  LOAD.state = 0;
  LOAD.owed = 0
}

inline dropLoads(v) {
  for (i : 0 .. LOADS - 1) {
    dropLoad(v, i)
  }
  i = 0
}

/* ---- Verifier: the cycle -------------------------------------------------------------------------------------- */

inline register(v, lease_) {
  startCycle(v, lease_, REGISTERING);
  printf("verifier %d sends a registration with lease %d\n", v, lease_)
}

/* "*Renew* the registration in the store, naming the last applied `(seq, tag)`". "Before a renewal that lowers it, the
 * current deadline is cut": to what the new value allows from this t0. */
inline renew(v, lease_) {
  startCycle(v, lease_, RENEWING);
#ifndef MUTANT_NO_CUT
  V.left = (V.left > lease_ -> lease_ : V.left);
#endif
#ifdef MUTANT_READ_BEFORE_RENEWAL
  V.read = (head > seqOf[V.applied] -> log[head] : V.applied);
#endif
  printf("verifier %d sends a renewal with lease %d\n", v, lease_)
}

/* "On a timer [...] and when woken, one at a time": here a cycle may begin, and be abandoned, at any moment. */
proctype Cycle(byte v) {
  do
  /* With any value that the setting may have by then. */
  :: d_step { V.step == OUT -> register(v, SHORT) }
  :: d_step { V.step == IDLE -> renew(v, SHORT) }
#if LONG > SHORT
  :: d_step { V.step == OUT -> register(v, LONG) }
  :: d_step { V.step == IDLE -> renew(v, LONG) }
#endif

  /* "Woken in between, it reads, applies and reports alone". */
  :: d_step { V.step == IDLE ->
       startCycle(v, 0, READING);
       printf("verifier %d is woken, and reads without renewing\n", v) }

  /* The reply arrives. */
  :: d_step { V.step == RENEWED || V.step == REGISTERED ->
#ifdef MUTANT_RAISE_BY_BELIEF
       V.believed = V.lease;
#endif
#ifdef MUTANT_DEADLINE_FROM_REPLY
       V.age = 0;
#endif
#ifdef MUTANT_READ_BEFORE_RENEWAL
       V.step = (V.step == RENEWED -> READ : READING);
#else
       V.step = READING;
#endif
       printf("verifier %d learns that it is registered\n", v) }

  /* "The verifier then empties memory, drops loads in flight, voids its deadline, and only after that registers under a
   * new id". */
  :: d_step { V.step == REFUSED ->
       leave(v);
#ifndef MUTANT_KEEP_MEMORY
       V.memory = EMPTY;
#endif
#ifndef MUTANT_KEEP_LOADS
       dropLoads(v);
#endif
       V.left = 0;
       printf("verifier %d learns that its registration is gone\n", v) }

#ifdef MUTANT_ACK_BEFORE_APPLY
  :: d_step { V.step == READ ->
       sendReport(v, V.read);
       V.step = ACKED;
       printf("verifier %d reports change %d\n", v, V.read) }
#define READY_TO_APPLY ACKED
#else
#define READY_TO_APPLY READ
#endif

  /* "*Apply* them": the entry goes. "Applying any change marks every load in flight [...]: its result is not kept, and a
   * request that arrives after that does not join it." It answers those who had joined, as it could have done a step
   * earlier, so that nothing is lost by dropping it here. */
  :: d_step { V.step == READY_TO_APPLY ->
       if
       :: V.read != V.applied ->
            V.memory = EMPTY;
#ifndef MUTANT_NO_MARK
            dropLoads(v);
#endif
       :: else
       fi;
       V.applied = V.read;
       V.read = 0;
       V.step = APPLIED;
       printf("verifier %d applies what it read, up to change %d\n", v, V.applied) }

  /* "Then deadline = `t0 + lease - margin`; *report* the applied `(seq, tag)`". "A cycle counts only with the value its
   * own confirmed renewal wrote." */
  :: d_step { V.step == APPLIED ->
#ifdef MUTANT_LEASE_FROM_SETTING
       V.lease = LONG;
#endif
#ifdef MUTANT_UNRENEWED_DEADLINE
       V.lease = (V.lease == 0 -> SHORT : V.lease);
#endif
       /* "A deadline counts from a renewal that was confirmed in this very cycle, and moves with no other." */
       if
       :: V.lease > 0 -> V.left = (V.age < V.lease -> V.lease - V.age : 0)
       :: else
       fi;
#ifndef MUTANT_ACK_BEFORE_APPLY
       sendReport(v, V.applied);
#endif
       endCycle(v, IDLE);
       printf("verifier %d may decide for %d ticks, and reports change %d\n", v, V.left, V.applied) }

#ifndef CALM
  /* "A cycle without an answer after a quarter lease is abandoned, and late replies of an abandoned one are discarded":
   * only the request may still arrive. A registration that does makes a row that nobody knows: see `leave`. */
  :: d_step { V.step > IDLE ->
#if LONG > SHORT
       if
       :: V.step == RENEWING && ROW.here -> ROW.lateRenewals = ROW.lateRenewals | LEASE_BIT(V.lease)
       :: else
       fi;
#endif
#ifdef MUTANT_LATE_REPLY
       V.lateReply = V.lateReply || V.step == RENEWED;
#endif
#ifdef MUTANT_LATE_READ
       V.lateRead = (V.step == READ -> V.read + 1 : V.lateRead);
#endif
       endCycle(v, IDLE);
       printf("verifier %d abandons its cycle\n", v) }
  :: d_step { V.step == REGISTERING || V.step == REGISTERED ->
       leave(v);
       printf("verifier %d abandons its registration\n", v) }

  /* A crash, or a shutdown, which "deregisters last: after it has stopped deciding, emptied memory". */
  :: d_step { V.step >= IDLE ->
       leave(v);
       V.memory = EMPTY;
       dropLoads(v);
       V.left = 0;
       V.lateReply = false;
       V.lateRead = 0;
       printf("verifier %d ends, and another starts in its place\n", v) }
#endif

#ifdef MUTANT_DEREGISTER_FIRST
  :: d_step { ROW.here && V.step >= IDLE -> removeRow(v); printf("verifier %d deregisters\n", v) }
#endif
#ifdef MUTANT_LATE_REPLY
  /* Without "a nonce that the reply echoes". */
  :: d_step { V.lateReply && V.step == RENEWING ->
       V.lateReply = false;
       V.step = READING;
       printf("verifier %d takes the reply to an abandoned renewal for its present one's\n", v) }
#endif
#ifdef MUTANT_LATE_READ
  :: d_step { V.lateRead > V.applied && V.step == READING ->
       V.read = V.lateRead - 1;
       V.lateRead = 0;
       V.step = READ;
       printf("verifier %d takes what an abandoned cycle read for its present one's\n", v) }
#endif
  od
}

/* ---- Verifier: requests --------------------------------------------------------------------------------------- */

/* A request starts, arrives and is judged in one step. Had it started earlier, fewer changes would have returned before
 * it, and less would be owed. Requests that the store decides, each in a transaction of its own that begins after the
 * request, are left out: they cannot be stale. */
#define HIT(v) (verifier[v].memory != EMPTY && MAY_DECIDE(v))
#define JOINABLE(v, l) (verifier[v].load[l].step != NONE && MAY_JOIN(v))
#if LOADS == 1
#define SOME_JOINABLE(v) JOINABLE(v, 0)
#else
#define SOME_JOINABLE(v) (JOINABLE(v, 0) || JOINABLE(v, 1))
#endif

proctype Memory(byte v) {
  do
  :: d_step { HIT(v) ->
       printf("verifier %d decides a new request from memory: state %d, owed %d\n", v, V.memory, returned);
#ifdef WITNESS_HIT
       assert(returned < CHANGES || V.memory < CHANGES);
#endif
       claim(V.memory, returned) }
#ifndef CALM
  :: d_step { V.memory != EMPTY -> V.memory = EMPTY; printf("verifier %d evicts\n", v) }
#endif
  od
}

/* The store, or what passes for it, answers a load. The answer decides for all who have joined. */
inline answer(v, l, state_) {
  LOAD.step = ANSWERED;
  LOAD.state = state_;
  printf("verifier %d decides the requests of load %d: state %d, owed %d\n", v, l, LOAD.state, LOAD.owed);
  claim(LOAD.state, LOAD.owed);
  LOAD.owed = 0
}

proctype Fill(byte v; byte l) {
  do
  /* A miss joins a load in flight. What comes back from a load that has been read is settled already. */
  :: d_step { !HIT(v) && JOINABLE(v, l) && LOAD.step == ASKED && LOAD.owed != returned ->
       LOAD.owed = returned;
       printf("a new request joins load %d of verifier %d\n", l, v) }
  :: d_step { !HIT(v) && JOINABLE(v, l) && LOAD.step == ANSWERED ->
       printf("a new request joins load %d of verifier %d: state %d, owed %d\n", l, v, LOAD.state, returned);
       claim(LOAD.state, returned) }

  /* Or it starts one. Past the deadline the protocol reads "one per decision"; this model may keep even such a load. */
  :: d_step { !HIT(v) && !SOME_JOINABLE(v) && MAY_LOAD(v) && LOAD.step == NONE ->
       LOAD.step = ASKED;
       LOAD.owed = returned;
       printf("a new request starts load %d of verifier %d\n", l, v) }

  /* "Always read from the store's primary, in one snapshot". */
  :: d_step { LOAD.step == ASKED -> answer(v, l, log[head]) }
#ifdef MUTANT_STANDBY_FILL
  :: d_step { LOAD.step == ASKED && head > 0 -> answer(v, l, log[head - 1]) }
#endif
#ifdef MUTANT_TWO_HOP_FILL
  /* "Never from another verifier's memory": which that one may still decide by. */
  :: d_step { LOAD.step == ASKED && HIT(1 - v) -> answer(v, l, verifier[1 - v].memory) }
#endif

  :: d_step { LOAD.step == ANSWERED ->
       V.memory = LOAD.state;
       dropLoad(v, l);
       printf("verifier %d keeps the result of load %d\n", v, l) }
#ifndef CALM
  :: d_step { LOAD.step != NONE -> dropLoad(v, l); printf("load %d of verifier %d fails\n", l, v) }
#endif
  od
}

/* ---- Store: what arrives from a verifier ---------------------------------------------------------------------- */

proctype Store(byte v) {
  do
  /* "Starting at the newest row, read under the writers' lock in the same transaction". */
  :: d_step { V.step == REGISTERING && MAY_REGISTER ->
       insertRow(v, log[head]);
       V.step = REGISTERED;
       printf("the store registers verifier %d, starting at change %d\n", v, V.applied) }

  :: d_step { V.step == RENEWING && ROW.here && MAY_RENEW(V.applied) && MAY_WRITE_LEASE(v, V.lease) ->
       writeRow(v, V.lease);
#ifndef MUTANT_OVERTAKEN_RENEWAL
       ROW.lateRenewals = 0; /* Renewals are numbered. One that was overtaken by a later one does nothing. */
#endif
       V.step = RENEWED;
       printf("the store renews verifier %d with lease %d\n", v, V.lease) }

  /* "A renewal never registers: if the registration is gone, or the log no longer holds that change [...], it answers
   * `gone`." */
  :: d_step { V.step == RENEWING && !(ROW.here && MAY_RENEW(V.applied)) ->
#if defined(MUTANT_RENEWAL_OF_NOTHING)
       V.step = RENEWED;
#elif defined(MUTANT_RENEWAL_RECREATES)
       insertRow(v, V.applied);
       V.step = RENEWED;
#elif defined(MUTANT_RENEWAL_REGISTERS)
       insertRow(v, log[head]);
       V.step = RENEWED;
#else
       endCycle(v, REFUSED);
#endif
       printf("the store finds no registration of verifier %d to renew\n", v) }

#if LONG > SHORT
  /* The renewal of an abandoned cycle arrives after all. (Where the lease never changes, it would do no more than keep
   * the sweeper waiting.) */
  :: d_step { (ROW.lateRenewals & LEASE_BIT(SHORT)) && MAY_WRITE_LEASE(v, SHORT) ->
       ROW.lateRenewals = ROW.lateRenewals & ~LEASE_BIT(SHORT);
       writeRow(v, SHORT);
       printf("a late renewal of verifier %d arrives, with lease %d\n", v, SHORT) }
  :: d_step { (ROW.lateRenewals & LEASE_BIT(LONG)) && MAY_WRITE_LEASE(v, LONG) ->
       ROW.lateRenewals = ROW.lateRenewals & ~LEASE_BIT(LONG);
       writeRow(v, LONG);
       printf("a late renewal of verifier %d arrives, with lease %d\n", v, LONG) }
#endif

  /* "*Read* the changes since". Where the registration is gone or the log does not hold that change, it may be told so.
   * Nothing here needs it to be: what it cannot report is waited for. */
  :: d_step { V.step == READING && !(ROW.here && HOLDS(V.applied)) ->
       endCycle(v, REFUSED);
       printf("the store finds no registration of verifier %d to read for\n", v) }
  :: d_step { V.step == READING ->
       V.read = (head > seqOf[V.applied] -> log[head] : V.applied);
       V.step = READ;
       printf("the store answers verifier %d with the log up to change %d\n", v, V.read) }
#ifdef MUTANT_STANDBY_READ
  :: d_step { V.step == READING && head > seqOf[V.applied] ->
       V.read = (head - 1 > seqOf[V.applied] -> log[head - 1] : V.applied);
       V.step = READ;
       printf("a standby answers verifier %d with the log up to change %d\n", v, V.read) }
#endif
  od
}

/* A report arrives, however late: "refused if the log does not hold it, and it never goes down". */
proctype Report(byte v; byte change) {
  do
  :: d_step { ROW.reports & (1 << change) ->
       ROW.reports = ROW.reports & ~(1 << change);
       if
       :: MAY_REPORT(change) && seqOf[change] > seqOf[ROW.position] -> ROW.position = change
       :: else
       fi;
       for (i : 0 .. CHANGES - 1) {
         if
         :: HAS_REPORTED(v, i) -> revoker[i].awaits = revoker[i].awaits & ~(1 << v)
         :: else
         fi
       }
       i = 0;
       printf("the report of change %d by verifier %d arrives\n", change, v) }
  od
}

#ifndef CALM
/* A report is committed without a wait for disk or standby: "seen by all from then on, but a crash or a failover may lose
 * it". Whoever has seen it has seen the truth. */
proctype LostReports(byte v) {
  do
  :: d_step { ROW.here && seqOf[ROW.position] > 0 && ROW.position == log[seqOf[ROW.position]] ->
       ROW.position = log[seqOf[ROW.position] - 1];
       printf("a crash of the store loses a report of verifier %d: it says change %d again\n", v, ROW.position) }
  od
}
#endif

/* ---- Sweeper -------------------------------------------------------------------------------------------------- */

proctype Sweeper(byte v) {
  do
  :: d_step { ROW.here && !ROW.seen ->
       ROW.seen = true;
       printf("the sweeper looks at the renewal counter of verifier %d\n", v) }

  /* "Removes, by one conditional write": only if the counter still has the value that it saw. */
#ifndef MUTANT_SWEEP_UNCONDITIONALLY
  :: d_step { ROW.seen && MAY_SWEEP(v) ->
       removeRow(v);
       fragile = false;
       printf("the sweeper removes the registration of verifier %d\n", v) }
#else
  :: d_step { ROW.seen && MAY_SWEEP(v) && !ROW.doomed ->
       ROW.doomed = true;
       printf("the sweeper makes up its mind about verifier %d\n", v) }
  :: d_step { ROW.doomed -> removeRow(v); printf("the sweeper removes the registration of verifier %d\n", v) }
#endif
  od
}

/* ---- Revoker -------------------------------------------------------------------------------------------------- */

inline readRegistry(r) {
  for (i : 0 .. VERIFIERS - 1) {
    if
    :: row[i].here && !HAS_REPORTED(i, r) -> R.awaits = R.awaits | (1 << i)
    :: else
    fi
  }
  i = 0
}

/* One call that changes the key. A call that crashes, or never ends, is one that takes no further step. */
proctype Revoke(byte r) {
  do
#ifdef MUTANT_LOOK_BEFORE_COMMIT
  :: d_step { R.step == NEW && !R.looked ->
       R.change = drawn + 1;
       seqOf[R.change] = head + 1;
       readRegistry(r);
       R.looked = true;
       printf("revoker %d reads the registry, too early\n", r) }
#define MAY_BEGIN(r) revoker[r].looked
#else
#define MAY_BEGIN(r) true
#endif

  /* "Writers are serialised." Revokers are alike: they are numbered in the order in which they get the lock. */
  :: d_step { R.step == NEW && MAY_BEGIN(r) && !locked && (r == 0 || revoker[r - 1].step != NEW) ->
       locked = true;
       R.step = LOCKED;
       printf("revoker %d takes the writers' lock\n", r) }

  /* "A revoker waits for the largest value in any row, read in its own transaction under the lock." */
  :: d_step { R.step == LOCKED ->
       for (i : 0 .. VERIFIERS - 1) {
         if
         :: row[i].here && WAIT(row[i].lease) > R.left -> R.left = WAIT(row[i].lease)
         :: else
         fi
       }
       i = 0;
       R.step = SIZED;
       printf("revoker %d finds that it will wait for %d ticks at most\n", r, R.left) }

  /* "Writes its rows and a change [...] in one transaction." */
  :: d_step { R.step == SIZED ->
       drawn++;
       head++;
       log[head] = drawn;
       seqOf[drawn] = head;
       R.change = drawn;
       R.step = COMMITTED;
       locked = false;
       fragile = (failovers < FAILOVERS);
       printf("change %d, of revoker %d, is committed at seq %d\n", drawn, r, head) }

  :: d_step { R.step == COMMITTED ->
       R.step = CONFIRMED;
       fragile = fragile && log[head] != R.change;
       printf("revoker %d learns that change %d is committed\n", r, R.change) }

  /* "Then reads the registry on the primary, in a read begun after that confirmation." "Rows that appear later need no
   * wait." Where the registry cannot be read, this step is not taken. */
  :: d_step { R.step == CONFIRMED ->
#ifndef MUTANT_LOOK_BEFORE_COMMIT
       readRegistry(r);
#endif
       R.step = LOOKED;
       printf("revoker %d reads the registry\n", r) }

  :: d_step { (R.step == CONFIRMED || R.step == LOOKED) && MAY_RETURN(r) ->
       printf("revoker %d returns: change %d is in force\n", r, R.change);
#ifdef WITNESS_RETURN_BY_REPORT
       assert(R.left == 0 || !row[0].here);
#endif
#ifdef WITNESS_RETURN_BY_WAITING
       assert(R.awaits == 0);
#endif
       returned = (R.change > returned -> R.change : returned);
       R.step = RETURNED;
       R.left = 0;
       R.awaits = 0 }
  od
}

/* ---- Failover ------------------------------------------------------------------------------------------------- */

/* A standby takes over that has everything that was confirmed, and not the newest change: it was readable (a server that
 * restarts shows what it was not yet allowed to confirm), but no write has been confirmed since it was made. */
proctype Failover() {
  do
  :: d_step { fragile && failovers < FAILOVERS && !locked ->
       printf("a failover loses change %d\n", log[head]);
       failovers++;
       fragile = false;
       for (i : 0 .. CHANGES - 1) {
         if
         :: revoker[i].step != NEW && revoker[i].change == log[head] ->
              revoker[i].step = UNKNOWN;
              revoker[i].left = 0
         :: else
         fi
       }
       for (i : 0 .. VERIFIERS - 1) {
         if
         :: row[i].position == log[head] -> row[i].position = log[head - 1]
         :: else
         fi
       }
       i = 0;
       log[head] = 0;
       head-- }
  od
}

/* ---- Time ----------------------------------------------------------------------------------------------------- */

inline tickVerifier(v) {
  if
  :: V.lease > 0 && V.age < LONG -> V.age++
  :: else
  fi;
  if
  :: V.left > 0 -> V.left--
  :: else
  fi
}

inline tickRow(v) {
  if
  :: ROW.seen && ROW.quiet < ROW.lease -> ROW.quiet++
  :: else
  fi
}

inline tickRevoker(r) {
  if
  :: WAIT_RUNS(r) && R.left > 0 -> R.left--
  :: else
  fi
}

inline tickOthers() {
  for (j : 0 .. VERIFIERS - 1) {
    tickRow(j)
  }
  for (j : 0 .. CHANGES - 1) {
    tickRevoker(j)
  }
  j = 0
}

/* All clocks tick together; README.md derives why the difference of their rates may be folded into the margin. */
proctype Time() {
  do
  :: d_step {
       for (i : 0 .. VERIFIERS - 1) {
         tickVerifier(i)
       }
       i = 0;
       tickOthers();
       printf("a tick passes\n") }
#ifdef MUTANT_SUSPENDED_CLOCK
  /* "Only while wall clock and monotonic clock have advanced alike [...] (a suspended machine's monotonic clock stands
   * still)". */
  :: d_step { tickOthers(); printf("a tick passes while the verifiers' machine is suspended\n") }
#endif
  od
}

init {
  atomic {
    for (i : 0 .. VERIFIERS - 1) {
      verifier[i].memory = EMPTY;
      run Cycle(i);
      run Store(i);
#ifndef NO_SWEEPER
      run Sweeper(i);
#endif
      run Memory(i);
#ifndef CALM
      run LostReports(i);
#endif
      for (j : 0 .. LOADS - 1) {
        run Fill(i, j)
      }
      for (j : 1 .. CHANGES) {
        run Report(i, j)
      }
    }
    for (i : 0 .. CHANGES - 1) {
      run Revoke(i)
    }
    run Failover();
    run Time();
    i = 0;
    j = 0
  }
}
