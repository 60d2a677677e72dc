/* One content that comes under several hints, in proxy mode: the content's row, which belongs to the
 * hint that came first, and a row for each other hint, which holds a copy. A claim touches both in
 * one step of the store.
 *
 * DELIVERIES attempts of the sender, each under any of HINTS hints, and at most FAULTS faults: a
 * reply of the ledger is lost, an owner crashes, the origin fails, its answer is lost, a commit or a
 * release never arrives, and with RESTART the store restarts and forgets what it held in memory.
 * Time is left out, as in proxy.pml; so are the limit on copies, which promises nothing (429), and
 * retention.
 *
 * Variants
 *   RESTART    the store restarts: leases and plain releases are lost; done, and the row of a
 *              content that a copy was granted beside, are not.
 *   BUG_...    a seeded mistake, which the checks must find.
 *
 * The letters are the promises of docs/DUPLICATES.md, as they stand for content.
 */
#ifndef DELIVERIES
#define DELIVERIES 3
#endif
#ifndef HINTS
#define HINTS 2
#endif
#ifndef FAULTS
#define FAULTS 2
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

/* Rows by number: 0 is the content's, the others are those of copies, by hint. */
byte first = 0;                  /* The hint of whoever came first; 0 for nobody. */
byte state[HINTS + 1];
byte epoch[HINTS + 1];
byte owner[HINTS + 1];
bool lease_over[HINTS + 1];
bool mark[HINTS + 1];
bool is_durable = false;         /* The content's row is on disk. */
byte durable_state[HINTS + 1];
bool durable_mark[HINTS + 1];
byte start = 0;                  /* How often the store has restarted. */

/* What the checks count. */
byte faults = FAULTS;
byte effects[HINTS + 1];         /* Times the origin acted, by hint. */
byte all_effects = 0;
byte forwards[HINTS + 1];        /* Forwards begun, by hint. */
byte causes[HINTS + 1];          /* Recorded reasons for one forward more, by hint. */
byte copies = 0;                 /* Forwards begun of copies. */
bool alive[DELIVERIES + 1];

/* A lease outlives every owner that still moves. */
active proctype clock() {
  byte r;
end:
  do
  :: atomic { state[0] == CLAIMED && !lease_over[0] && !alive[owner[0]] -> lease_over[0] = true }
  :: atomic { state[1] == CLAIMED && !lease_over[1] && !alive[owner[1]] -> lease_over[1] = true }
  :: atomic { state[2] == CLAIMED && !lease_over[2] && !alive[owner[2]] -> lease_over[2] = true }
  od
}

#ifdef RESTART
active proctype store() {
  byte r;
  byte h;
end:
  do
  :: atomic {
       faults > 0 && start < 2 ->
       faults--; start++;
       h = 1;
       do :: h <= HINTS -> causes[h]++; h++ :: else -> break od;
       r = 0;
       do
       :: r <= HINTS ->
            if
            :: r == 0 && is_durable && state[0] == CLAIMED -> skip   /* As it is on disk. */
            :: else ->
                 state[r] = durable_state[r];
                 mark[r] = durable_mark[r];
                 owner[r] = 0; lease_over[r] = false
            fi;
            r++
       :: else -> break
       od;
       if
       :: state[0] == ABSENT -> first = 0
       :: else
       fi
     }
  od
}
#endif

inline grant() {
  state[row] = CLAIMED; epoch[row]++; owner[row] = me; lease_over[row] = false;
  my_epoch = epoch[row]; my_mark = mark[row]; my_start = start; reply = GRANTED;
  /* Whoever is not told that the origin may have the content is the only one so far. */
#ifdef RESTART
  assert(my_mark || copies == 0)                                      /* Copies are remembered. */
#else
  assert(my_mark || (all_effects == 0 && copies == 0))                /* S5, the mark */
#endif
}

/* The rules of one row. */
inline claim_row() {
  if
  :: state[row] == ABSENT || state[row] == RETRYABLE -> grant()
  :: state[row] == CLAIMED && owner[row] == me && !lease_over[row] ->
       my_epoch = epoch[row]; my_mark = mark[row]; reply = GRANTED
  :: state[row] == CLAIMED && lease_over[row] -> causes[hint]++; mark[row] = true; grant()
  :: state[row] == CLAIMED && owner[row] != me && !lease_over[row] -> reply = BUSY
  :: state[row] == DONE -> reply = DUPLICATE
  fi
}

/* Which row a claim is about, and what a copy does to the content's row. */
inline choose_row() {
  if
  :: first == 0 || first == hint -> first = hint; row = 0
  :: else ->
#ifdef BUG_COPY_IS_ABSORBED
       row = 0
#else
       row = hint;
#ifndef BUG_CONTENT_UNMARKED
       mark[0] = true;
#ifndef BUG_CONTENT_IN_MEMORY
       is_durable = true; durable_state[0] = state[0]; durable_mark[0] = true;
#endif
#endif
#ifndef BUG_COPY_UNMARKED
       mark[row] = true
#else
       skip
#endif
#endif
  fi
}

proctype deliver(byte me) {
  byte hint = 0;
  byte row = 0;
  byte my_epoch = 0;
  byte my_start = 0;
  byte reply = 0;
  byte outcome = 0;
  bool my_mark = false;
  atomic {
    alive[me] = true;
    if
    :: hint = 1
    :: hint = 2
    fi
  };

claim:
#ifdef BUG_TWO_STEPS
  /* Who is first is looked up in a step of its own. */
  atomic { if :: first == 0 || first == hint -> row = 0 :: else -> row = hint; mark[row] = true fi };
  atomic {
    if
    :: row == 0 && state[0] == ABSENT -> first = hint
    :: row != 0 -> mark[0] = true
    :: else
    fi;
    claim_row()
  };
#else
  atomic { choose_row(); claim_row() };
#endif
  if
  :: atomic { faults > 0 -> faults-- }; goto claim           /* The reply is lost: claim again. */
  :: atomic { faults > 0 -> faults--; alive[me] = false }; goto over
  :: skip
  fi;
  if
  :: reply == BUSY -> goto over                              /* 503: no promise is made. */
  :: atomic { reply == DUPLICATE -> assert(effects[hint] > 0) }; goto over      /* 200, so S2. */
  :: reply == GRANTED
  fi;
  atomic {
    forwards[hint]++;
    if :: row != 0 -> copies++ :: else fi;
    assert(forwards[hint] <= 1 || faults < FAULTS);          /* S5b, by hint */
    assert(forwards[hint] <= 1 + causes[hint])               /* S5, by hint */
  };
  if
  :: atomic { effects[hint]++; all_effects++; outcome = ACCEPTED }
  :: atomic { faults > 0 -> faults--; causes[hint]++; outcome = FAILED }
  :: atomic { faults > 0 -> faults--; causes[hint]++; effects[hint]++; all_effects++;
              outcome = IN_DOUBT }
  :: atomic { faults > 0 -> faults--; effects[hint]++; all_effects++; alive[me] = false };
     goto over
  fi;
  if
  :: outcome == ACCEPTED ->
       if
       :: atomic { state[row] = DONE; durable_state[row] = DONE; durable_mark[row] = mark[row];
                   if :: row == 0 -> is_durable = true; first = hint :: else fi }
       :: atomic { faults > 0 -> faults--; alive[me] = false }       /* The commit is lost. */
       fi;
       assert(effects[hint] > 0)                             /* S2 */
  :: else ->
       if
       :: atomic {
            if
            :: state[row] == CLAIMED && epoch[row] == my_epoch && my_start == start ->
                 state[row] = RETRYABLE
            :: else
            fi;
            if
            :: outcome == IN_DOUBT && state[row] != DONE -> mark[row] = true
            :: else
            fi;
            if
            :: mark[row] && state[row] == RETRYABLE ->
                 durable_mark[row] = true; durable_state[row] = RETRYABLE
            :: else
            fi
          }
       :: atomic { faults > 0 -> faults--; alive[me] = false }
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
