#pragma once

#include <cstdint>

namespace postern::harness::simulate {

/// What the running schedule needs chance for: no two questions are answered by one draw. What
/// makes scenarios counts from 0, faults from 1000.
enum Purpose : std::uint64_t {
  // Senders.
  way_in = 3000,
  jitter = 3003,
  // Hosts.
  delivery_name = 3100,
  silence,
  way_back,
  host_pause,
  // Calls of the ledger and of the origin.
  way_to_store = 3200,
  way_from_store,
  lateness,
  twin,
  way_to_origin,
  work_of_origin,
  origin_choice,
  origin_status,
  // Deliveries that the store's object carries.
  carry_break = 3300,
  object_redeploy,
  // The queue.
  way_of_message = 3400,
  message_lateness,
  second_copy,
  doubt,
  run_name,
  // Operators.
  order_choice = 3600,
  hesitation,
  way_of_order,
  order_lateness,
  order_twin,
};

}  // namespace postern::harness::simulate
