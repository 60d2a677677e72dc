/* One event in queue mode: accepted first, delivered later.
 *
 * INGESTS deliveries of the sender and CONSUMERS of a queue that delivers at least once (it gives a
 * message again until it is acknowledged, and may double it), with at most FAULTS faults: a reply
 * is lost, the store is down, a consumer crashes, the origin fails, the origin's answer is lost.
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

#define BUSY 0
#define TAKEN 1
#define DUPLICATE 2
#define SUCCEEDED 3
#define FAILED 4
#define CRASHED 5

/* The row, and the queue behind it. */
byte state = ABSENT;
byte epoch = 0;
byte owner = 0;
bool lease_over = false;
byte messages = 0;

/* What the checks count. */
byte faults = FAULTS;
byte forwards = 0;
byte effects = 0;
byte causes = 0;
byte at_origin = 0;
bool acknowledged = false;  /* The sender has a 2xx. */
bool committed = false;
bool alive[CONSUMERS + 1];

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
       :: state == ABSENT -> state = ACCEPTED; messages++
       :: else
       fi;
       if
       :: acknowledged = true
       :: faults > 0 -> faults--                             /* The reply is lost: 503. */
       fi
     }
  :: atomic {                                        /* Store down: to the queue, unclaimed. */
       faults > 0 -> faults--;
#ifdef BUG_ACKNOWLEDGE_BEFORE_DURABLE
       acknowledged = true
#else
       messages++; acknowledged = true; causes++
#endif
     }
  fi
#endif
}

proctype consume(byte me) {
  byte my_epoch = 0;
  byte outcome = BUSY;
end:
  do
  :: atomic {
       messages > 0 -> alive[me] = true; my_epoch = 0;
       if
       :: state == DONE -> outcome = DUPLICATE
       :: state == ABSENT || state == ACCEPTED ->
            state = DELIVERING; epoch++; owner = me; lease_over = false;
            my_epoch = epoch; outcome = TAKEN
       :: state == DELIVERING && lease_over ->
            epoch++; owner = me; lease_over = false; causes++;
            my_epoch = epoch; outcome = TAKEN
       :: state == DELIVERING && !lease_over -> outcome = BUSY
       fi
     };
     if
     :: atomic {
          outcome == BUSY -> alive[me] = false;              /* The queue gives it again later. */
#ifdef BUG_DROP_BUSY_MESSAGE
          messages--
#endif
        }
     :: atomic { outcome == DUPLICATE -> messages--; alive[me] = false }
     :: outcome == TAKEN ->
        atomic {
          forwards++; at_origin++;
          assert(state == DELIVERING);
          assert(!committed);                                /* S4 */
          assert(at_origin <= 1);                            /* S3 */
          assert(forwards <= 1 + causes)                     /* S5 */
        };
        if
        :: atomic { effects++; at_origin--; outcome = SUCCEEDED }
        :: atomic { faults > 0 -> faults--; causes++; at_origin--; outcome = FAILED }
        :: atomic { faults > 0 -> faults--; causes++; effects++; at_origin--; outcome = FAILED }
        :: atomic {
             faults > 0 -> faults--; effects++; at_origin--; alive[me] = false; outcome = CRASHED
           }
        :: atomic { faults > 0 -> faults--; at_origin--; alive[me] = false; outcome = CRASHED }
        fi;
        if
#ifdef BUG_DROP_MESSAGE_BEFORE_COMMIT
        :: atomic { outcome == SUCCEEDED -> messages-- };
           if
           :: atomic { state = DONE; committed = true; alive[me] = false }
           :: atomic { faults > 0 -> faults--; alive[me] = false }
           fi
#else
        :: atomic { outcome == SUCCEEDED -> state = DONE; committed = true };
           atomic { messages--; alive[me] = false }
        :: atomic { outcome == SUCCEEDED && faults > 0 -> faults--; alive[me] = false }
#endif
        :: atomic {
             outcome == FAILED ->
             if
             :: state == DELIVERING && epoch == my_epoch -> state = ACCEPTED
             :: else
             fi;
             alive[me] = false;
#ifdef BUG_DROP_MESSAGE_ON_FAILURE
             messages--
#endif
           }
        :: outcome == CRASHED
        fi
     fi
  od
}

/* When nothing can move any more: what was acknowledged has reached the origin, and is recorded. */
active proctype judge() {
  timeout;
  assert(!acknowledged || effects > 0);                      /* S2 */
  assert(!acknowledged || state == DONE || committed)
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
