/* One event in proxy mode: the ledger's rules as a protocol, under every interleaving.
 *
 * DELIVERIES attempts of the sender, which may overlap, and at most FAULTS faults: a reply of the
 * ledger is lost, an owner crashes, the origin fails, the origin's answer is lost, a commit or a
 * release never arrives, and with RESTART the store restarts and forgets what it held in memory.
 * Time is left out: a lease may end whenever it could have ended.
 *
 * Variants
 *   RESTART         the store restarts: leases and plain releases are lost, done is not.
 *   ZOMBIE          an owner can be paused past its lease (and looks at it before it forwards).
 *   ORIGIN_FENCES   the origin refuses an epoch below the largest it has seen.
 *   MARK            checks that every repeat of what the origin has seen is marked maybe-duplicate.
 *   LIST            prints the abstract states of the row.
 *   BUG_...         a seeded mistake, which the checks must find.
 *
 * The letters S2 to S5b are the promises of docs/DUPLICATES.md.
 */
#ifndef DELIVERIES
#define DELIVERIES 3
#endif
#ifndef FAULTS
#define FAULTS 3
#endif

#define ABSENT 0
#define CLAIMED 1
#define RETRYABLE 2
#define DONE 3

#define GRANTED 1
#define BUSY 2
#define DUPLICATE 3

#define ACCEPTED 1
#define FAILED 2
#define IN_DOUBT 3

/* The row. */
byte state = ABSENT;
byte epoch = 0;
byte owner = 0;
bool lease_over = false;
#ifdef MARK
bool mark = false;
bool durable_mark = false;
#define SET_MARK(value) mark = value
#else
#define SET_MARK(value) skip
#endif

/* What the checks count. */
byte faults = FAULTS;
byte forwards = 0;       /* Forwards begun. */
byte effects = 0;        /* Times the origin acted on the event. */
byte causes = 0;         /* Recorded reasons for one forward more. */
byte at_origin = 0;      /* Forwards under way whose lease is the current one. */
bool committed = false;  /* A commit was stored, by a lease of this start of the store. */
bool forwarded_without_lease = false;
#ifdef ZOMBIE
bool paused = false;     /* A lease has ended before its owner did: a fault of its own. */
#else
#define paused false
#endif
bool alive[DELIVERIES + 1];
#ifdef RESTART
byte start = 0;          /* How often the store has restarted. */
#define THIS_START (my_start == start)
#else
#define THIS_START true
#endif

#define HOLDS_LEASE (state == CLAIMED && epoch == my_epoch && !lease_over && THIS_START)

/* A lease ends by the store's clock. It is longer than the longest forward, so it outlives every
 * owner that still moves; it does not wait for a paused one. */
active proctype clock() {
end:
  do
  :: atomic {
       state == CLAIMED && !lease_over && epoch <= DELIVERIES + 1 &&
#ifdef ZOMBIE
       true
#else
       !alive[owner]
#endif
       -> lease_over = true; at_origin = 0;
#ifdef ZOMBIE
       if :: alive[owner] -> paused = true :: else fi
#endif
     }
  od
}

#ifdef RESTART
active proctype store() {
end:
  do
  :: atomic {
       faults > 0 && (state == CLAIMED || state == RETRYABLE) ->
       faults--; causes++; start++;
       state = ABSENT; owner = 0; lease_over = false; at_origin = 0; committed = false;
#ifdef MARK
       mark = durable_mark;
#endif
#ifdef BUG_EPOCH_STARTS_OVER
       epoch = 0
#endif
     }
  od
}
#endif

#ifdef LIST
/* Prints every abstract state of the row that is reached: what it is, whether its lease is over, and
 * how often the origin has acted, up to twice. The search through the real code lists its own. */
active proctype lister() {
end:
  do
  :: atomic {
       printf("ROW %d %d %d\n", state, (state == CLAIMED && lease_over -> 1 : 0),
              (effects > 1 -> 2 : effects))
     }
  od
}
#endif

inline grant() {
  state = CLAIMED; epoch++; owner = me; lease_over = false; my_epoch = epoch; reply = GRANTED;
#ifdef RESTART
  my_start = start;
#endif
#ifdef MARK
  my_mark = mark;
#endif
}

inline end_forward() {
  if
  :: counted && HOLDS_LEASE && at_origin > 0 -> at_origin--
  :: else
  fi
}

inline crash() { alive[me] = false }

inline check_begin_of_forward() {
  forwards++;
  if
  :: HOLDS_LEASE -> at_origin++; counted = true
  :: else -> forwarded_without_lease = true
  fi;
#ifdef RESTART
  /* Promised across restarts: S5. Between two of them: S3 and S4. */
  assert(at_origin <= 1);                                           /* S3 */
  assert(!committed || !THIS_START);                                /* S4 */
  assert(forwards <= 1 || faults < FAULTS);                         /* S5b */
  assert(forwards <= 1 + causes)                                    /* S5 */
#else
#if defined(ZOMBIE) && !defined(ORIGIN_FENCES)
  assert(!forwarded_without_lease);   /* Fails: only the origin can fence off a paused owner. */
#endif
  assert(!committed || forwarded_without_lease);                    /* S4 */
  assert(state != DONE || forwarded_without_lease);                 /* S4 */
  assert(at_origin <= 1);                                           /* S3 */
  assert(forwards <= 1 || faults < FAULTS || paused || forwarded_without_lease);  /* S5b */
  assert(forwards <= 1 + causes || forwarded_without_lease)         /* S5 */
#endif
#ifdef MARK
  ; assert(effects == 0 || my_mark || forwarded_without_lease)
#endif
}

proctype deliver(byte me) {
  byte my_epoch = 0;
  byte reply = 0;
  byte outcome = 0;
  bool counted = false;
#ifdef RESTART
  byte my_start = 0;
#endif
#ifdef MARK
  bool my_mark = false;
#endif
  atomic { alive[me] = true };

claim:
#ifdef BUG_CHECK_THEN_INSERT
  atomic { if :: state == DONE -> reply = DUPLICATE :: else -> reply = GRANTED fi };
  if
  :: reply == GRANTED -> atomic { grant() }
  :: else
  fi;
#else
  atomic {
    if
    :: state == ABSENT || state == RETRYABLE -> grant()
    :: state == CLAIMED && owner == me && !lease_over -> my_epoch = epoch; reply = GRANTED
    :: state == CLAIMED && lease_over -> causes++; SET_MARK(true); grant()
    :: state == CLAIMED && owner != me && !lease_over -> reply = BUSY
    :: state == DONE -> reply = DUPLICATE
    fi
  };
#endif
  if
  :: atomic { faults > 0 -> faults-- }; goto claim           /* The reply is lost: claim again. */
  :: atomic { faults > 0 -> faults--; crash() }; goto over
  :: skip
  fi;
  if
  :: atomic {
       reply == BUSY ->
#ifdef BUG_ACKNOWLEDGE_BUSY
       assert(effects > 0)
#else
       skip                                                  /* 503: no promise is made. */
#endif
     }; goto over
  :: atomic { reply == DUPLICATE -> assert(effects > 0) }; goto over    /* 200, so S2. */
  :: reply == GRANTED
  fi;
#ifdef ZOMBIE
  if
  :: HOLDS_LEASE
  :: else -> goto over
  fi;
#endif
  atomic { check_begin_of_forward() };
  if
  :: atomic { effects++; outcome = ACCEPTED; end_forward() }
  :: atomic { faults > 0 -> faults--; causes++; outcome = FAILED; end_forward() }
  :: atomic { faults > 0 -> faults--; causes++; effects++; outcome = IN_DOUBT; end_forward() }
  :: atomic { faults > 0 -> faults--; causes++; outcome = IN_DOUBT; end_forward() }
  :: atomic { faults > 0 -> faults--; effects++; end_forward(); crash() }; goto over
  :: atomic { faults > 0 -> faults--; end_forward(); crash() }; goto over
  fi;
  if
  :: outcome == ACCEPTED ->
       if
#ifdef BUG_ACKNOWLEDGE_WITHOUT_COMMIT
       :: atomic { assert(effects > 0); crash() }; goto over
#else
       :: atomic {
            if :: THIS_START -> committed = true :: else fi;
#ifdef BUG_COMMIT_NEEDS_EPOCH
            if :: state == CLAIMED && epoch == my_epoch -> state = DONE :: else fi
#else
            state = DONE                                     /* Success is a fact. */
#endif
          }
#endif
       :: atomic { faults > 0 -> faults--; crash() }         /* The commit is lost; still 2xx. */
       fi;
       assert(effects > 0)                                   /* S2 */
  :: else ->
       if
       :: atomic {
#ifdef BUG_RELEASE_ANY_EPOCH
            state = RETRYABLE
#else
            if                                               /* Failure is an opinion. */
            :: state == CLAIMED && epoch == my_epoch -> state = RETRYABLE
            :: else
            fi
#endif
#ifdef MARK
            ;                                                /* Doubt is a fact. */
            if
            :: outcome == IN_DOUBT && state != DONE -> mark = true
            :: else
            fi;
            if
            :: mark && (state == RETRYABLE || state == ABSENT) -> durable_mark = true
            :: else
            fi
#endif
          }
       :: atomic { faults > 0 -> faults--; crash() }
       fi
  fi;

over:
  atomic { alive[me] = false }
}

init {
  byte i = 1;
  atomic {
    do
    :: i <= DELIVERIES -> run deliver(i); i++
    :: else -> break
    od
  }
}
