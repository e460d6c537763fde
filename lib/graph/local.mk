noinst_LTLIBRARIES += lib/graph/libgraph.la
modules += lib/graph/libgraph.la
# An operation's row in ops.h names its source: here it needs no word. configure.ac makes the list, for the first time.
include lib/graph/ops/rows.mk
$(srcdir)/lib/graph/ops/rows.mk: $(srcdir)/lib/graph/ops.h $(srcdir)/lib/graph/list_ops.sh
	@$(SHELL) $(srcdir)/lib/graph/list_ops.sh
EXTRA_DIST += lib/graph/list_ops.sh
graph_sources = \
  lib/graph/again.c \
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
  lib/graph/pooling.c \
  lib/graph/program_priv.h \
  lib/graph/rectifier.c \
  lib/graph/run.c \
  lib/graph/segments.c \
  lib/graph/shape.c \
  lib/graph/spatial.c \
  lib/graph/ops/conv.c \
  lib/graph/ops/conv.h \
  lib/graph/ops/resampling.c \
  lib/graph/ops/resampling.h
graph_sources += $(graph_op_sources)
lib_graph_libgraph_la_SOURCES = $(graph_sources)
