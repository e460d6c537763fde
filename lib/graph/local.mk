noinst_LTLIBRARIES += lib/graph/libgraph.la
modules += lib/graph/libgraph.la
graph_sources = \
  lib/graph/chain.c \
  lib/graph/compile.c \
  lib/graph/composed.c \
  lib/graph/fuse.c \
  lib/graph/gradients.c \
  lib/graph/graph.c \
  lib/graph/graph_priv.h \
  lib/graph/merge.c \
  lib/graph/op.h \
  lib/graph/op_table.c \
  lib/graph/plan.c \
  lib/graph/program_priv.h \
  lib/graph/run.c \
  lib/graph/segments.c \
  lib/graph/shape.c \
  lib/graph/ops/add.c \
  lib/graph/ops/affine.c \
  lib/graph/ops/broadcast.c \
  lib/graph/ops/clamp.c \
  lib/graph/ops/concat.c \
  lib/graph/ops/constant.c \
  lib/graph/ops/conv.c \
  lib/graph/ops/conv.h \
  lib/graph/ops/conv2d.c \
  lib/graph/ops/conv2d_filter_grad.c \
  lib/graph/ops/conv2d_input_grad.c \
  lib/graph/ops/div.c \
  lib/graph/ops/erf.c \
  lib/graph/ops/exp.c \
  lib/graph/ops/gather.c \
  lib/graph/ops/gelu.c \
  lib/graph/ops/gelu_grad.c \
  lib/graph/ops/input.c \
  lib/graph/ops/leaky_relu.c \
  lib/graph/ops/less.c \
  lib/graph/ops/log.c \
  lib/graph/ops/logsumexp.c \
  lib/graph/ops/matmul.c \
  lib/graph/ops/mul.c \
  lib/graph/ops/neg.c \
  lib/graph/ops/one_hot.c \
  lib/graph/ops/pad.c \
  lib/graph/ops/reshape.c \
  lib/graph/ops/select.c \
  lib/graph/ops/sigmoid.c \
  lib/graph/ops/slice.c \
  lib/graph/ops/softplus.c \
  lib/graph/ops/sqrt.c \
  lib/graph/ops/stop_gradient.c \
  lib/graph/ops/sub.c \
  lib/graph/ops/sum.c \
  lib/graph/ops/sum_pool.c \
  lib/graph/ops/tanh.c \
  lib/graph/ops/upsample_nearest.c
lib_graph_libgraph_la_SOURCES = $(graph_sources)
