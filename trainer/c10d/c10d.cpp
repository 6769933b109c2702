// c10d for a program without Python: a store that the ranks share, and sums over them.
//
// Every function catches what libtorch throws; `ra3_c10d_error` says what it was.

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/headeronly/version.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace {

thread_local std::string last_error;

// The value of `act`, or `failed` after keeping what was thrown.
template <typename Act, typename Value>
Value caught(Value failed, Act act) {
  try {
    return act();
  } catch (const c10::Error& error) {
    last_error = error.what_without_backtrace();
  } catch (const std::exception& error) {
    last_error = error.what();
  } catch (...) {
    last_error = "an exception without a message";
  }
  return failed;
}

} // namespace

struct ra3_store {
  c10::intrusive_ptr<c10d::Store> store;
};

struct ra3_group {
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group;
};

extern "C" {

const char* ra3_libtorch_version() {
  return TORCH_VERSION;
}

const char* ra3_c10d_error() {
  return last_error.c_str();
}

// Serves the store where `serves`, else waits until somebody does.
ra3_store* ra3_store_new(const char* host, uint16_t port, int serves, int64_t timeout_ms) {
  return caught<>(static_cast<ra3_store*>(nullptr), [&] {
    c10d::TCPStoreOptions options;
    options.port = port;
    options.isServer = serves != 0;
    options.waitWorkers = false;
    options.timeout = std::chrono::milliseconds(timeout_ms);
    return new ra3_store{c10::make_intrusive<c10d::TCPStore>(std::string(host), options)};
  });
}

// Adds to the number under `key`, which is 0 at first; returns it, or -1.
int64_t ra3_store_add(ra3_store* store, const char* key, int64_t number) {
  return caught<>(int64_t{-1}, [&] { return store->store->add(key, number); });
}

void ra3_store_free(ra3_store* store) {
  delete store;
}

// `interface` and `address` say by which way the ranks talk; the first that is not null counts.
ra3_group* ra3_group_new(
    ra3_store* store,
    int rank,
    int count,
    int64_t timeout_ms,
    const char* interface,
    const char* address) {
  return caught<>(static_cast<ra3_group*>(nullptr), [&] {
    using Gloo = c10d::ProcessGroupGloo;
    auto options = Gloo::Options::create(std::chrono::milliseconds(timeout_ms));
    options->devices.push_back(
        interface ? Gloo::createDeviceForInterface(interface)
            : address ? Gloo::createDeviceForHostname(address)
                      : Gloo::createDefaultDevice());
    c10::intrusive_ptr<c10d::Store> own = c10::make_intrusive<c10d::PrefixStore>("gloo", store->store);
    return new ra3_group{c10::make_intrusive<Gloo>(own, rank, count, options)};
  });
}

// Replaces what is in `tensor` by its sum over all ranks; 0 if that worked.
int ra3_group_sum(ra3_group* group, at::Tensor* tensor) {
  return caught<>(1, [&] {
    std::vector<at::Tensor> tensors{*tensor};
    group->group->allreduce(tensors)->wait();
    return 0;
  });
}

void ra3_group_free(ra3_group* group) {
  delete group;
}

} // extern "C"
