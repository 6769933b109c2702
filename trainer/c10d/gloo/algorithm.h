// What the public headers of c10d name of gloo, and no more.
//
// Builds of libtorch hold gloo but not its headers. c10d keeps gloo's objects behind pointers, and the
// program neither makes one nor looks into one, so it is enough that these names exist: nothing of
// what the linker sees depends on them.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace gloo {

struct Context {
  void setTimeout(std::chrono::milliseconds most);
};

namespace transport {
class Device;
struct UnboundBuffer {
  virtual ~UnboundBuffer() = default;
};
} // namespace transport

namespace rendezvous {
struct Store {
  virtual ~Store() = default;
  virtual void set(const std::string& key, const std::vector<char>& value) = 0;
  virtual std::vector<char> get(const std::string& key) = 0;
  virtual void wait(const std::vector<std::string>& keys) = 0;
  virtual void wait(const std::vector<std::string>& keys, const std::chrono::milliseconds& most) = 0;
};
} // namespace rendezvous

} // namespace gloo
