/* One event in queue mode: accepted first, delivered later, or given up and listed as dead.
 *
 * INGESTS deliveries of the sender and CONSUMERS of a queue that delivers at least once (it gives a
 * message again until it is acknowledged, and may double it), with at most FAULTS faults: a reply
 * is lost, the store is down, a consumer crashes, the origin fails, the origin's answer is lost.
 *
 * SWEEP: the message is sent after the row is kept, may never be, and may get lost in the queue. The
 * store sends another one for what is owed and has none.
 * RESTART: the store may also restart, which loses the lease of a delivery under way: the row on disk
 * is still the accepted one. S3 and S4 then hold from each start on, among the leases granted since.
 * REOPEN: an operator reopens a dead event, once.
 *
 * BUG_... is a seeded mistake, which the checks must find. S2 to S5 as in docs/DUPLICATES.md.
 */
#ifndef INGESTS
#define INGESTS 2
#endif
#ifndef CONSUMERS
#define CONSUMERS 2
#endif
#ifndef FAULTS
#define FAULTS 3
#endif

#define ABSENT 0
#define ACCEPTED 1
#define DELIVERING 2
#define DONE 3
#define DEAD 4

#define BUSY 0
#define TAKEN 1
#define DUPLICATE 2
#define SUCCEEDED 3
#define FAILED 4
#define CRASHED 5
#define NOT_OWED 6

/* The row, and the queue behind it. */
byte state = ABSENT;
byte epoch = 0;
byte owner = 0;
bool lease_over = false;
byte messages = 0;
byte whole_messages = 0;  /* With ticket and body in them: the store was down. */

/* What the checks count. */
byte faults = FAULTS;
byte forwards = 0;
byte effects = 0;
byte causes = 0;
byte at_origin = 0;
bool acknowledged = false;  /* The sender has a 2xx. */
bool committed = false;     /* A commit was stored, by a lease of this start of the store. */
bool buried = false;        /* Reported as dead, and not reopened since. */
bool alive[CONSUMERS + 1];
#ifdef RESTART
byte start = 0;             /* How often the store has restarted. */
byte durable_epoch = 0;     /* What the row on disk says; a lease is not written there. */
#define THIS_START (my_start == start)
#define SET_DURABLE_EPOCH durable_epoch = epoch
#else
#define THIS_START true
#define SET_DURABLE_EPOCH skip
#endif

active proctype clock() {
end:
  do
  :: atomic {
       state == DELIVERING && !lease_over && epoch <= INGESTS + CONSUMERS + FAULTS &&
       !alive[owner] -> lease_over = true; at_origin = 0
     }
  od
}

active proctype doubling_queue() {
end:
  atomic { faults > 0 && messages > 0 -> faults--; messages++ }
}

#ifdef SWEEP
active proctype losing_queue() {
end:
  atomic { faults > 0 && messages > 0 -> faults--; messages-- }
}

#ifndef BUG_NO_SWEEP
active proctype sweep() {
end:
  do
  :: atomic {
       messages == 0 && (state == ACCEPTED || (state == DELIVERING && lease_over)) -> messages++
     }
  od
}
#endif
#endif

#ifdef RESTART
active proctype restarting_store() {
end:
  do
  :: atomic {
       faults > 0 && (state == DELIVERING
#ifdef BUG_BURY_IN_MEMORY
       || state == DEAD
#endif
       ) -> faults--; causes++; start++;
       state = ACCEPTED; lease_over = false; at_origin = 0; committed = false;
#ifdef BUG_EPOCH_STARTS_OVER
       epoch = durable_epoch
#endif
     }
  od
}
#endif

#ifdef REOPEN
active proctype operator() {
end:
  atomic { state == DEAD -> state = ACCEPTED; buried = false; causes++; messages++ }
}
#endif

#ifdef BUG_FAIL_ANY_EPOCH
#define IS_CURRENT (state == DELIVERING)
#else
#define IS_CURRENT (state == DELIVERING && epoch == my_epoch)
#endif

/* A queue's message is done with. */
inline acknowledge_message() {
  if
  :: messages > 0 -> messages--
  :: else                                              /* It got lost while it was worked on. */
  fi
}

inline keep_done() {                                   /* Success is a fact. */
  state = DONE;
  if :: THIS_START -> committed = true :: else fi
}

inline end_forward() {
  if
  :: counted && THIS_START && at_origin > 0 -> at_origin--
  :: else
  fi
}

/* The ledger takes what it could not take before. */
active proctype adopt() {
end:
  do
  :: atomic {
       whole_messages > 0 -> whole_messages--;
       if
       :: state == ABSENT -> state = ACCEPTED; messages++
       :: else
       fi
     }
  od
}

proctype ingest() {
#ifdef BUG_CLAIM_THEN_SEND
  bool mine = false;
  atomic {
    if
    :: state == ABSENT -> state = ACCEPTED; mine = true
    :: else -> acknowledged = true
    fi
  };
  if
  :: mine ->
       if
       :: atomic { faults > 0 -> faults-- }                  /* Crash between the two writes. */
       :: atomic { messages++; acknowledged = true }
       fi
  :: else
  fi
#else
  if
  :: atomic {                                                /* Row and outbox, one transaction. */
       if
       :: state == ABSENT ->
            state = ACCEPTED;
#ifndef SWEEP
            messages++
#endif
       :: else
       fi;
       if
       :: acknowledged = true
       :: faults > 0 -> faults--                             /* The reply is lost: 503. */
       fi
     };
#ifdef SWEEP
     if
     :: messages++
     :: atomic { faults > 0 -> faults-- }                    /* The host dies before it sends. */
     fi
#endif
  :: atomic {                                        /* Store down: to the queue, unclaimed. */
       faults > 0 -> faults--;
#ifdef BUG_ACKNOWLEDGE_BEFORE_DURABLE
       acknowledged = true
#else
       whole_messages++; acknowledged = true
#endif
     }
  fi
#endif
}

proctype consume(byte me) {
  byte my_epoch = 0;
  byte outcome = BUSY;
  bool counted = false;
#ifdef RESTART
  byte my_start = 0;
#endif
end:
  do
  :: atomic {
       messages > 0 -> alive[me] = true; my_epoch = 0;
       if
       :: state == DONE -> outcome = DUPLICATE
       :: state == DEAD -> outcome = DUPLICATE
       :: state == ABSENT -> outcome = NOT_OWED
       :: state == ACCEPTED ->
            state = DELIVERING; epoch++; owner = me; lease_over = false;
            my_epoch = epoch; outcome = TAKEN
       :: state == DELIVERING && lease_over ->
            epoch++; owner = me; lease_over = false; causes++;
            my_epoch = epoch; outcome = TAKEN
       :: state == DELIVERING && !lease_over ->
#ifdef BUG_TAKE_IGNORES_LEASE
            epoch++; owner = me; my_epoch = epoch; outcome = TAKEN
#else
            outcome = BUSY
#endif
       fi;
#ifdef RESTART
       my_start = start
#endif
     };
     if
     :: atomic {
          outcome == BUSY -> alive[me] = false;              /* The queue gives it again later. */
#ifdef BUG_DROP_BUSY_MESSAGE
          acknowledge_message()
#endif
        }
     :: atomic { outcome == DUPLICATE || outcome == NOT_OWED -> acknowledge_message(); alive[me] = false }
     :: outcome == TAKEN ->
        atomic {
          forwards++; counted = false;
          if
          :: THIS_START && epoch == my_epoch && state == DELIVERING -> at_origin++; counted = true
          :: else
          fi;
#ifndef RESTART
          assert(state == DELIVERING);
#endif
          assert(!committed || !THIS_START);                 /* S4 */
          assert(!buried || !THIS_START);                    /* The dead rest until reopened. */
          assert(at_origin <= 1);                            /* S3 */
          assert(forwards <= 1 + causes)                     /* S5 */
        };
        if
        :: atomic { effects++; end_forward(); outcome = SUCCEEDED }
        :: atomic { faults > 0 -> faults--; causes++; end_forward(); outcome = FAILED }
        :: atomic { faults > 0 -> faults--; causes++; effects++; end_forward(); outcome = FAILED }
        :: atomic {
             faults > 0 -> faults--; effects++; end_forward(); alive[me] = false; outcome = CRASHED
           }
        :: atomic { faults > 0 -> faults--; end_forward(); alive[me] = false; outcome = CRASHED }
        fi;
        if
#ifdef BUG_DROP_MESSAGE_BEFORE_COMMIT
        :: atomic { outcome == SUCCEEDED -> acknowledge_message() };
           if
           :: atomic { keep_done(); alive[me] = false }
           :: atomic { faults > 0 -> faults--; alive[me] = false }
           fi
#else
        :: atomic { outcome == SUCCEEDED -> keep_done() };
           atomic { acknowledge_message(); alive[me] = false }
        :: atomic { outcome == SUCCEEDED && faults > 0 -> faults--; alive[me] = false }
#endif
        :: atomic {
             outcome == FAILED ->
             if                                              /* Failure is an opinion. */
             :: IS_CURRENT -> state = ACCEPTED; SET_DURABLE_EPOCH
             :: IS_CURRENT ->                                /* It was the last attempt. */
#ifdef BUG_FORGET_THE_DEAD
                  state = ABSENT;
#else
                  state = DEAD; buried = true; SET_DURABLE_EPOCH;
#endif
                  acknowledge_message()
             :: else
             fi;
             alive[me] = false;
#ifdef BUG_DROP_MESSAGE_ON_FAILURE
             acknowledge_message()
#endif
           }
        :: atomic { outcome == FAILED && faults > 0 -> faults--; alive[me] = false }  /* Not kept. */
        :: outcome == CRASHED
        fi
     fi
  od
}

/* When nothing can move any more: what was acknowledged has reached the origin and is recorded, or
 * it is listed as dead. */
active proctype judge() {
  timeout;
  assert(!acknowledged || effects > 0 || state == DEAD);     /* S2 */
  assert(!acknowledged || state == DONE || state == DEAD || committed)
}

init {
  byte i = 1;
  atomic {
    do
    :: i <= INGESTS -> run ingest(); i++
    :: else -> break
    od;
    i = 1;
    do
    :: i <= CONSUMERS -> run consume(i); i++
    :: else -> break
    od
  }
}
