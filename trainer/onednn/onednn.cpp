// oneDNN's linear layer over a weight that lies in memory as its kernels read it.
//
// libtorch has this for graphs that its own compiler froze; it is an operator without a name in the C++ API,
// so it is called through the dispatcher. Every function gives null where libtorch throws.

#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

extern "C" {

// Whether this libtorch has oneDNN.
int ra3_onednn_is_here() {
  return at::hasMKLDNN() && at::globalContext().userEnabledMkldnn();
}

// A copy of `weight`, [outputs, inputs], laid out for about `rows` rows of input.
at::Tensor* ra3_onednn_pack(const at::Tensor* weight, int64_t rows) {
  try {
    static const auto act = c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_reorder_linear_weight", "");
    torch::jit::Stack stack{c10::IValue(*weight), c10::IValue(rows)};
    act.callBoxed(stack);
    return new at::Tensor(std::move(stack.front()).toTensor());
  } catch (const std::exception&) {
    return nullptr;
  }
}

// `x` [rows, inputs] times the transposed weight, plus `bias` unless null.
at::Tensor* ra3_onednn_linear(const at::Tensor* x, const at::Tensor* packed, const at::Tensor* bias) {
  try {
    static const auto act = c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_linear_pointwise", "");
    torch::jit::Stack stack{
        c10::IValue(*x),
        c10::IValue(*packed),
        bias ? c10::IValue(*bias) : c10::IValue(),
        c10::IValue(std::string("none")),
        c10::IValue(c10::List<std::optional<at::Scalar>>()),
        c10::IValue(std::string()),
    };
    act.callBoxed(stack);
    return new at::Tensor(std::move(stack.front()).toTensor());
  } catch (const std::exception&) {
    return nullptr;
  }
}

} // extern "C"
