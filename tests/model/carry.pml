/* One event in proxy mode whose deliveries the store's object carries: with the claim it gets the
 * delivery, and forwards and settles it by itself. Two hosts then know of each delivery, the Worker
 * to which it came and the object, and one of them at most may forward it.
 *
 * DELIVERIES attempts of the sender, and at most FAULTS faults: a call that hands a delivery over
 * cannot be made, breaks before it comes to the object (and may come all the same), or breaks while
 * the object has the delivery; a Worker dies; the origin fails, its answer is lost; a call of the
 * Worker's own or its reply is lost; the object restarts, with or without its leases, and is of the
 * new version then. Time is left out, as in proxy.pml, and so is the mark.
 *
 * on_ledger_down is "open": a Worker forwards without a ledger where the ledger is surely down.
 *
 * BUG_...    a seeded mistake, which the checks must find.
 *
 * S2 and S5 are promises of docs/DUPLICATES.md; the others stand in docs/FAILURES.md, "The object
 * that carries the delivery".
 */
#ifndef DELIVERIES
#define DELIVERIES 2
#endif
#ifndef FAULTS
#define FAULTS 2
#endif

/* Forwards of the object that may wait for an answer. */
#ifndef ROOM
#define ROOM 1
#endif

/* The row. */
#define ABSENT 0
#define CLAIMED 1
#define RETRYABLE 2
#define DONE 3

/* What is known of a claim. */
#define GRANTED 1
#define BUSY 2
#define DUPLICATE 3
#define UNAVAILABLE 4

/* What becomes of a forward. */
#define ACCEPTED 1
#define FAILED 2
#define IN_DOUBT 3

/* How far a delivery's call is. */
#define NOT_SENT 0
#define ON_ITS_WAY 1
#define TAKEN 2
#define REPLIED 3      /* The object has no room for the body: it has claimed, and that is all. */
#define HANDED_BACK 4  /* The step is the Worker's again, with the lease. */
#define ANSWERED 5
#define BROKEN 6       /* With the object. */
#define NOWHERE 7
#define DECLINED 8     /* The object is of another version, and has done nothing. */

#ifdef BUG_TAKES_ANOTHER_VERSION
#define IS_MINE true
#else
#define IS_MINE (version[me] == object_version)
#endif

byte state = ABSENT;
byte epoch = 0;
byte owner = 0;
bool lease_over = false;
byte start = 0;             /* How often the object has restarted. */
byte object_version = 0;
byte waiting = 0;           /* Forwards of the object. */
bool another_waits = false; /* Of them, one of another event. */

byte call[DELIVERIES + 1];
byte told[DELIVERIES + 1];  /* Of a claim alone: what came of it. */
bool is_2xx[DELIVERIES + 1];   /* What the object has the Worker answer. */
byte lease[DELIVERIES + 1]; /* The epoch that goes along with a step. */
byte version[DELIVERIES + 1];  /* Of the Worker. */
bool listens[DELIVERIES + 1];
byte holders[DELIVERIES + 1];  /* Hosts that may still move under the delivery's lease. */

/* What the checks count. */
byte faults = FAULTS;
byte forwards = 0;
byte effects = 0;
byte causes = 0;
byte unsettled = 0;         /* Outcomes that a host knows and has not told the ledger. */
bool by_worker[DELIVERIES + 1];
bool by_object[DELIVERIES + 1];

/* A lease outlives every owner that still moves. */
active proctype clock() {
end:
  do
  :: atomic { state == CLAIMED && !lease_over && holders[owner] == 0 -> lease_over = true }
  od
}

/* A restart, by itself or for another version: what the object carried dies with it. */
active proctype restarts() {
end:
  do
  :: atomic {
       faults > 0 && start < 2 ->
       faults--; start++; waiting = 0; another_waits = false;
       if
       :: object_version = 1
       :: skip
       fi;
       if
       :: state == CLAIMED -> state = ABSENT; owner = 0; causes++   /* In a burst. */
       :: skip                                                      /* In quiet times. */
       fi
     }
  od
}

/* Another event, whose forward takes room for a while. */
active proctype another_event() {
end:
  atomic { waiting < ROOM -> waiting++; another_waits = true };
  atomic {
    if
    :: another_waits -> waiting--; another_waits = false
    :: else
    fi
  }
}

inline claim(mine) {
  if
  :: state == ABSENT || state == RETRYABLE ->
       state = CLAIMED; epoch++; owner = me; lease_over = false; mine = epoch; reply = GRANTED
  :: state == CLAIMED && owner == me && !lease_over -> mine = epoch; reply = GRANTED
  :: state == CLAIMED && lease_over ->
       causes++; epoch++; owner = me; lease_over = false; mine = epoch; reply = GRANTED
  :: state == CLAIMED && owner != me && !lease_over -> reply = BUSY
  :: state == DONE -> reply = DUPLICATE
  fi
}

inline check_forward() {
  forwards++;
  assert(!(by_worker[me] && by_object[me]));        /* One of two hosts. */
  assert(forwards <= 1 + causes)                    /* S5 */
}

/* What the origin does. Its answer is known from here on, and nobody else knows it. */
inline send_to_origin() {
  if
  :: effects++; outcome = ACCEPTED
  :: faults > 0 -> faults--; causes++; outcome = FAILED
  :: faults > 0 -> faults--; causes++; effects++; outcome = IN_DOUBT
  fi
}

inline settle(mine) {
  unsettled--;
  if
  :: outcome == ACCEPTED -> state = DONE                             /* Success is a fact. */
  :: outcome != ACCEPTED && state == CLAIMED && epoch == mine -> state = RETRYABLE
  :: else
  fi
}

proctype object(byte me) {
  byte reply = 0;
  byte outcome = 0;
  byte my_epoch = 0;
  byte my_start = 0;
  bool has_outcome = false;
  bool has_lease = false;

end:
  atomic {
    call[me] == ON_ITS_WAY;
    my_start = start;
    if
    :: !IS_MINE -> call[me] = DECLINED; goto over   /* It says so before it does anything. */
    :: IS_MINE ->
         claim(my_epoch);
         if :: reply == GRANTED && listens[me] -> holders[me]++ :: else fi;
         told[me] = reply; lease[me] = my_epoch;
         call[me] = REPLIED; goto over
    :: IS_MINE -> call[me] = TAKEN
    fi
  };
  {
    atomic {
      claim(my_epoch);
      if
      :: reply == GRANTED -> holders[me]++; has_lease = true
      :: else -> is_2xx[me] = (reply == DUPLICATE); call[me] = ANSWERED; goto over
      fi
    };
    atomic {
      if
#ifndef BUG_FORWARDS_WITHOUT_ROOM
      :: waiting >= ROOM ->
           lease[me] = my_epoch; call[me] = HANDED_BACK;
           if :: !listens[me] -> holders[me]-- :: else fi;
#ifndef BUG_HANDS_BACK_AND_GOES_ON
           goto over
#endif
#endif
      :: else
      fi;
      waiting++; by_object[me] = true;
#ifndef BUG_HANDS_BACK_AND_GOES_ON
      assert(waiting <= ROOM);
#endif
      assert(version[me] == object_version);        /* Its own policy, its own secrets. */
      check_forward()
    };
    atomic { send_to_origin(); waiting--; has_outcome = true; unsettled++ };
#ifdef BUG_SAYS_SO_TOO_LATE
    atomic { lease[me] = my_epoch; call[me] = HANDED_BACK; unsettled--; goto over };
#endif
#ifdef BUG_STOPS_WITH_ITS_CALLER
    if
    :: atomic { !listens[me] -> holders[me]--; goto over }
    :: listens[me]
    fi;
#endif
    atomic {
      settle(my_epoch); has_outcome = false;
      holders[me]--; has_lease = false;
      is_2xx[me] = (outcome == ACCEPTED); call[me] = ANSWERED; goto over
    }
  } unless {
    atomic {
      start != my_start ->                          /* It dies, and the Worker sees it. */
      if :: has_outcome -> unsettled-- :: else fi;
      if :: has_lease -> holders[me]-- :: else fi;
      if :: call[me] == TAKEN -> call[me] = BROKEN :: else fi
    }
  };
over:
  skip
}

proctype worker(byte me) {
  byte reply = 0;
  byte outcome = 0;
  byte my_epoch = 0;

  if
  :: atomic { faults > 0 -> faults--; reply = UNAVAILABLE }; goto claimed   /* No call is made. */
  :: atomic { listens[me] = true; call[me] = ON_ITS_WAY }; goto wait
  :: goto ask                                       /* It is large, or nothing is trusted now. */
  fi;

ask:
  atomic {
    claim(my_epoch);
    if :: reply == GRANTED -> holders[me]++ :: else fi
  };
  if
  :: atomic {
       faults > 0 -> faults--;                      /* The reply is lost. */
       if :: reply == GRANTED -> holders[me]-- :: else fi;
       reply = UNAVAILABLE
     }
  :: skip
  fi;
  goto claimed;

wait:
  if
  :: atomic {
       call[me] == ANSWERED -> assert(!is_2xx[me] || effects > 0); goto over    /* S2 */
     }
  :: atomic { call[me] == DECLINED -> goto ask }
  :: atomic { call[me] == REPLIED -> reply = told[me]; my_epoch = lease[me] }
  :: atomic { call[me] == HANDED_BACK -> reply = GRANTED; my_epoch = lease[me] }
  :: atomic { call[me] == BROKEN -> goto lost }
  :: atomic {                                       /* The connection breaks. */
       faults > 0 && call[me] != BROKEN -> faults--; listens[me] = false;
       if
       :: call[me] == ON_ITS_WAY -> call[me] = NOWHERE
       :: call[me] == ON_ITS_WAY                    /* And it comes all the same. */
       :: call[me] == HANDED_BACK || (call[me] == REPLIED && told[me] == GRANTED) -> holders[me]--
       :: else
       fi;
       goto lost
     }
  :: atomic { faults > 0 -> faults--; listens[me] = false;           /* The Worker dies. */
       if
       :: call[me] == HANDED_BACK || (call[me] == REPLIED && told[me] == GRANTED) -> holders[me]--
       :: else
       fi;
       goto over
     }
  fi;

claimed:
  if
  :: reply == BUSY -> goto over                     /* 503: no promise is made. */
  :: atomic { reply == DUPLICATE -> assert(effects > 0) }; goto over /* 200, so S2. */
  :: reply == UNAVAILABLE ->                        /* Open: nobody has the step. */
       atomic { causes++; by_worker[me] = true; check_forward() };
       atomic { send_to_origin() };
       goto over
  :: reply == GRANTED
  fi;
  atomic { by_worker[me] = true; check_forward() };
  atomic { send_to_origin(); unsettled++ };
  if
  :: atomic { settle(my_epoch); holders[me]-- }
  :: atomic { faults > 0 -> faults--; unsettled--; holders[me]-- }   /* The call is lost. */
  fi;
  goto over;

lost:
  skip;                                             /* 503, whatever on_ledger_down says. */
#ifdef BUG_FORWARDS_AFTER_LOST
  atomic { reply = UNAVAILABLE; goto claimed };
#endif
over:
  skip
}

/* When nothing can move any more: what a host knew of a forward, the ledger knows. */
active proctype judge() {
  timeout;
  assert(unsettled == 0)
}

init {
  byte i = 1;
  atomic {
    do
    :: i <= DELIVERIES ->
         if
         :: version[i] = 0
         :: version[i] = 1
         fi;
         run worker(i); run object(i); i++
    :: else -> break
    od
  }
}
