/* The cases of the operations: CASE(name, operation, rows, linear, expression of operands x[0], x[1], ..., operands).
 * An operation has as many as it has ways to go wrong.
 *
 * rows: BATCH(m) or WHOLE(m), m the operands that hold a row a sample, N samples; with BATCH the operation is done by
 *   rows then, with WHOLE it is not.
 * linear: LINEAR(m), m operands in which the operation is linear taken together; LINEAR(m, k) where it is in those of
 *   m and in those of k, a bilinear map; LINEAR(0) where it is not linear.
 * operands: IN(shape), numbers from -1 to 1; RANGE(shape, low, high); AWAY(shape, low, high, kink, distance), none
 *   nearer than that to a kink; APART(shape), n numbers from -10 to 10, no two nearer than 10/n; INDEX(shape,
 *   levels), whole numbers from 0 on.
 *
 * Included by op_cases.c, twice. */
#define S CGM_SHAPE
#define N 11

/* clang-format off */
/* What each needs beside its operands. */
CASE(constant, constant, BATCH(1), LINEAR(1), cgm_matmul(g, x[0], cgm_constant(g, 3, S(4, 5)), false, false), IN(S(N, 4)))

/* Element-wise. */
CASE(add, add, BATCH(1), LINEAR(3), cgm_add(g, x[0], x[1]), IN(S(N, 3, 4)), IN(S(3, 1)))
CASE(add_both, add, BATCH(3), LINEAR(3), cgm_add(g, x[0], x[1]), IN(S(N, 3, 1)), IN(S(N, 1, 4)))
CASE(add_unmarked, add, BATCH(1), LINEAR(3), cgm_add(g, x[0], x[1]), IN(S(N, 3)), IN(S(N, 3))) /* read by rows, too */
CASE(add_inner, add, WHOLE(2), LINEAR(3), cgm_add(g, x[0], x[1]), IN(S(4, N, 3)), IN(S(N, 3))) /* samples lie along another axis of the result */
CASE(add_scalar, add, BATCH(1), LINEAR(3), cgm_add(g, x[0], x[1]), IN(S(N, 1, 5, 7)), IN(CGM_SCALAR))
CASE(sub, sub, BATCH(3), LINEAR(3), cgm_sub(g, x[0], x[1]), IN(S(N, 3)), IN(S(N, 3)))
CASE(sub_broadcast, sub, BATCH(2), LINEAR(3), cgm_sub(g, x[0], x[1]), IN(S(3)), IN(S(N, 1, 3)))
CASE(mul, mul, BATCH(1), LINEAR(1, 2), cgm_mul(g, x[0], x[1]), IN(S(N, 2, 3, 5)), IN(S(1, 2, 1, 1)))
CASE(mul_self, mul, BATCH(1), LINEAR(0), cgm_mul(g, x[0], cgm_mul(g, x[0], x[0])), IN(S(N)))
CASE(div, div, BATCH(3), LINEAR(1), cgm_div(g, x[0], x[1]), IN(S(N, 3)), RANGE(S(N, 1), 0.5, 2))
CASE(less, less, BATCH(1), LINEAR(0), cgm_less(g, x[0], x[1]), AWAY(S(N, 3), -1, 1, 0, 0.1), RANGE(S(1, 3), -0.05, 0.05))
CASE(minimum, minimum, BATCH(3), LINEAR(0), cgm_minimum(g, x[0], x[1]), AWAY(S(N, 3, 2), -1, 1, 0, 0.1), RANGE(S(N, 1, 2), -0.05, 0.05))
CASE(maximum, maximum, BATCH(1), LINEAR(0), cgm_maximum(g, x[0], x[1]), AWAY(S(N, 3, 2), -1, 1, 0, 0.1), RANGE(S(3, 1), -0.05, 0.05))
CASE(select, select, BATCH(5), LINEAR(6), cgm_select(g, x[0], x[1], x[2]), INDEX(S(N, 3), 2), IN(S(3)), IN(S(N, 1)))
CASE(select_less, select, BATCH(5), LINEAR(0), cgm_select(g, cgm_less(g, x[0], x[1]), x[1], x[2]), AWAY(S(N, 3), -1, 1, 0, 0.1), RANGE(S(3), -0.05, 0.05), IN(S(N, 1)))
CASE(neg, neg, BATCH(1), LINEAR(1), cgm_neg(g, x[0]), IN(S(N, 3)))
CASE(abs, abs, BATCH(1), LINEAR(0), cgm_abs(g, x[0]), AWAY(S(N, 3), -1, 1, 0, 0.05))
CASE(sign, sign, BATCH(1), LINEAR(0), cgm_sign(g, x[0]), AWAY(S(N, 3), -1, 1, 0, 0.05))
CASE(floor, floor, BATCH(1), LINEAR(0), cgm_floor(g, x[0]), AWAY(S(N, 3), -0.9, 0.9, 0, 0.05))
CASE(floor_large, floor, BATCH(1), LINEAR(0), cgm_floor(g, cgm_affine(g, x[0], 100, 0.5)), INDEX(S(N, 3), 9))
CASE(affine, affine, BATCH(1), LINEAR(0), cgm_affine(g, x[0], -2.5, 0.7), IN(S(N)))
CASE(affine_scale, affine, BATCH(1), LINEAR(1), cgm_affine(g, x[0], -2.5, 0), IN(S(N, 2)))
CASE(exp, exp, BATCH(1), LINEAR(0), cgm_exp(g, x[0]), RANGE(S(N, 3), -2, 2))
CASE(log, log, BATCH(1), LINEAR(0), cgm_log(g, x[0]), RANGE(S(N, 3), 0.3, 3))
CASE(sqrt, sqrt, BATCH(1), LINEAR(0), cgm_sqrt(g, x[0]), RANGE(S(N, 3), 0.3, 3))
CASE(pow_half, pow, BATCH(1), LINEAR(0), cgm_pow(g, x[0], 0.5), RANGE(S(N, 3), 0.3, 2))
CASE(pow_cube, pow, BATCH(1), LINEAR(0), cgm_pow(g, x[0], 3), IN(S(N, 3)))
CASE(pow_negative, pow, BATCH(1), LINEAR(0), cgm_pow(g, x[0], -1.7), RANGE(S(N, 3), 0.5, 2))
CASE(pow_whole, pow, BATCH(1), LINEAR(0), cgm_pow(g, x[0], -3), AWAY(S(N, 3), -1.5, 1.5, 0, 0.5))
CASE(erf, erf, BATCH(1), LINEAR(0), cgm_erf(g, x[0]), RANGE(S(N, 3), -2, 2))
CASE(tanh, tanh, BATCH(1), LINEAR(0), cgm_tanh(g, x[0]), RANGE(S(N, 30), -3, 3))
CASE(sigmoid, sigmoid, BATCH(1), LINEAR(0), cgm_sigmoid(g, x[0]), RANGE(S(N, 3), -9, 9))
CASE(softplus, softplus, BATCH(1), LINEAR(0), cgm_softplus(g, x[0]), RANGE(S(N, 3), -30, 30))
CASE(gelu, gelu, BATCH(1), LINEAR(0), cgm_gelu(g, x[0]), RANGE(S(N, 3), -3, 3))
CASE(gelu_grad, gelu_grad, BATCH(3), LINEAR(2), cgm_gelu_grad(g, x[0], x[1]), RANGE(S(N, 3), -3, 3), IN(S(N, 3)))
CASE(relu, relu, BATCH(1), LINEAR(0), cgm_relu(g, x[0]), AWAY(S(N, 3), -1, 1, 0, 0.05))
CASE(leaky_relu, leaky_relu, BATCH(1), LINEAR(0), cgm_leaky_relu(g, x[0], 0.1), AWAY(S(N, 3), -1, 1, 0, 0.05))
CASE(leaky_relu_zero, leaky_relu, BATCH(1), LINEAR(0), cgm_leaky_relu(g, x[0], 0), AWAY(S(N, 3), -1, 1, 0, 0.05))
CASE(clamp, clamp, BATCH(1), LINEAR(0), cgm_clamp(g, x[0], -0.5, 0.6), AWAY(S(N, 3), -1.4, 0.55, -0.5, 0.05))
CASE(clamp_above, clamp, BATCH(1), LINEAR(0), cgm_clamp(g, x[0], -0.5, 0.6), AWAY(S(N, 3), -0.45, 1.4, 0.6, 0.05))

/* Shapes. */
CASE(reshape, reshape, BATCH(1), LINEAR(1), cgm_neg(g, cgm_reshape(g, x[0], S(N, 2, 15))), IN(S(N, 5, 6)))
CASE(reshape_all, reshape, WHOLE(1), LINEAR(1), cgm_neg(g, cgm_reshape(g, x[0], S(5, N, 6))), IN(S(N, 5, 6)))
CASE(broadcast, broadcast, BATCH(1), LINEAR(1), cgm_upsample_nearest(g, cgm_broadcast(g, x[0], S(N, 3, 2, 3)), 1), IN(S(N, 1, 2, 1)))
CASE(broadcast_then, broadcast, BATCH(1), LINEAR(1), cgm_neg(g, cgm_broadcast(g, x[0], S(N, 3, 2, 3))), IN(S(N, 1, 2, 1)))
CASE(broadcast_up, broadcast, WHOLE(1), LINEAR(1), cgm_sum(g, cgm_broadcast(g, x[0], S(3, N, 4)), 1u << 2), IN(S(N, 1)))
CASE(broadcast_all, broadcast, WHOLE(1), LINEAR(1), cgm_broadcast(g, x[0], S(2, 3, N, 5, 7)), IN(S(N, 1, 7)))
CASE(transpose, transpose, BATCH(1), LINEAR(1), cgm_transpose(g, x[0], (int[]){0, 2, 3, 1}), IN(S(N, 2, 3, 5)))
CASE(transpose_back, transpose, BATCH(1), LINEAR(1), cgm_transpose(g, x[0], (int[]){0, 3, 1, 2}), IN(S(N, 2, 3, 5)))
CASE(transpose_outer, transpose, BATCH(1), LINEAR(1), cgm_transpose(g, x[0], (int[]){0, 2, 1, 3}), IN(S(N, 2, 3, 5)))
CASE(transpose_five, transpose, BATCH(1), LINEAR(1), cgm_transpose(g, x[0], (int[]){0, 4, 2, 1, 3}), IN(S(N, 2, 3, 2, 5)))
CASE(transpose_rows, transpose, WHOLE(1), LINEAR(1), cgm_transpose(g, x[0], (int[]){1, 0}), IN(S(N, 3)))
CASE(transpose_squares, transpose, WHOLE(1), LINEAR(1), cgm_transpose(g, x[0], (int[]){2, 1, 0}), IN(S(N, 7, 70)))
CASE(transpose_long, transpose, BATCH(1), LINEAR(1), cgm_transpose(g, x[0], (int[]){0, 2, 1}), IN(S(N, 65, 77))) /* several tasks */
CASE(concat, concat, BATCH(7), LINEAR(7), cgm_concat(g, 3, x, 1), IN(S(N, 1, 3)), IN(S(N, 4, 3)), IN(S(N, 2, 3)))
CASE(concat_unmarked, concat, BATCH(2), LINEAR(7), cgm_concat(g, 3, x, 2), IN(S(N, 2, 3)), IN(S(N, 2, 1)), IN(S(N, 2, 2)))
CASE(concat_rows, concat, WHOLE(3), LINEAR(3), cgm_concat(g, 2, x, 0), IN(S(N, 3)), IN(S(N, 3)))
CASE(slice, slice, BATCH(1), LINEAR(1), cgm_slice(g, x[0], 1, 1, 3), IN(S(N, 5, 3)))
CASE(slice_last, slice, BATCH(1), LINEAR(1), cgm_slice(g, x[0], 3, 2, 2), IN(S(N, 2, 1, 7)))
CASE(slice_rows, slice, WHOLE(1), LINEAR(1), cgm_slice(g, x[0], 0, 1, 3), IN(S(N, 5, 3)))
CASE(pad, pad, BATCH(1), LINEAR(1), cgm_pad(g, x[0], 2, 1, 3), IN(S(N, 1, 3)))
CASE(pad_middle, pad, BATCH(1), LINEAR(1), cgm_pad(g, x[0], 1, 0, 2), IN(S(N, 3, 2)))
CASE(pad_rows, pad, WHOLE(1), LINEAR(1), cgm_pad(g, x[0], 0, 1, 0), IN(S(N, 1, 3)))
CASE(slice_step, slice_step, BATCH(1), LINEAR(1), cgm_slice_step(g, x[0], 1, 1, 3, 2), IN(S(N, 6, 3)))
CASE(slice_step_last, slice_step, BATCH(1), LINEAR(1), cgm_slice_step(g, x[0], 2, 0, 3, 3), IN(S(N, 2, 7)))
CASE(slice_step_back, slice_step, BATCH(1), LINEAR(1), cgm_slice_step(g, x[0], 1, 4, 2, -3), IN(S(N, 6, 1, 2)))
CASE(slice_step_turned, slice_step, BATCH(1), LINEAR(1), cgm_slice_step(g, x[0], 2, 4, 5, -1), IN(S(N, 2, 5)))
CASE(slice_step_rows, slice_step, WHOLE(1), LINEAR(1), cgm_slice_step(g, x[0], 0, N - 1, N, -1), IN(S(N, 3)))
CASE(spread, spread, BATCH(1), LINEAR(1), cgm_spread(g, x[0], 1, 1, 2, 7), IN(S(N, 3, 2)))
CASE(spread_last, spread, BATCH(1), LINEAR(1), cgm_spread(g, x[0], 2, 0, 3, 8), IN(S(N, 2, 3)))
CASE(spread_back, spread, BATCH(1), LINEAR(1), cgm_spread(g, x[0], 2, 5, -2, 6), IN(S(N, 2, 3, 2)))
CASE(spread_nails, spread, BATCH(1), LINEAR(1), cgm_spread(g, cgm_spread(g, x[0], 2, 0, 2, 6), 3, 0, 2, 4), IN(S(N, 2, 3, 2)))
CASE(spread_long, spread, BATCH(1), LINEAR(1), cgm_spread(g, x[0], 1, 2, 3, 9000), IN(S(N, 41))) /* several tasks */
CASE(spread_rows, spread, WHOLE(1), LINEAR(1), cgm_spread(g, x[0], 0, 1, 2, 22), IN(S(N, 3)))

/* Reductions. */
CASE(sum, sum, BATCH(1), LINEAR(1), cgm_sum(g, x[0], 1u << 1), IN(S(N, 3, 4)))
CASE(sum_last, sum, BATCH(1), LINEAR(1), cgm_sum(g, x[0], 1u << 3), IN(S(N, 1, 3, 5)))
CASE(sum_two, sum, BATCH(1), LINEAR(1), cgm_sum(g, x[0], 1u << 1 | 1u << 3), IN(S(N, 2, 3, 5)))
CASE(sum_none, sum, BATCH(1), LINEAR(1), cgm_sum(g, x[0], 0), IN(S(N, 3)))
CASE(sum_rows, sum, BATCH(1), LINEAR(1), cgm_sum(g, x[0], 1u << 0 | 1u << 2), IN(S(N, 3, 40)))
CASE(sum_rows_long, sum, BATCH(1), LINEAR(1), cgm_sum(g, x[0], 1u << 0 | 1u << 2), IN(S(N, 3, 2, 700)))
CASE(sum_all, sum, BATCH(1), LINEAR(1), cgm_sum_all(g, x[0]), IN(S(N, 3, 4)))
CASE(mean, sum, BATCH(1), LINEAR(1), cgm_mean(g, x[0], 1u << 2), IN(S(N, 3, 4)))
CASE(cumsum, cumsum, BATCH(1), LINEAR(1), cgm_cumsum(g, x[0], 1, false), IN(S(N, 5, 3)))
CASE(cumsum_reverse, cumsum, BATCH(1), LINEAR(1), cgm_cumsum(g, x[0], 2, true), IN(S(N, 2, 5)))
CASE(cumsum_wide, cumsum, BATCH(1), LINEAR(1), cgm_cumsum(g, x[0], 1, true), IN(S(N, 3, 70)))
CASE(cumsum_rows, cumsum, WHOLE(1), LINEAR(1), cgm_cumsum(g, x[0], 0, false), IN(S(N, 3)))
CASE(logsumexp, logsumexp, BATCH(1), LINEAR(0), cgm_logsumexp(g, x[0], 1), RANGE(S(N, 3, 4), -2, 2))
CASE(logsumexp_last, logsumexp, BATCH(1), LINEAR(0), cgm_logsumexp(g, x[0], 2), RANGE(S(N, 2, 5), -2, 2))
CASE(logsumexp_rows, logsumexp, WHOLE(1), LINEAR(0), cgm_logsumexp(g, x[0], 0), RANGE(S(N, 3, 4), -2, 2))
CASE(softmax, logsumexp, BATCH(1), LINEAR(0), cgm_softmax(g, x[0], 1), RANGE(S(N, 5, 3), -2, 2))
CASE(log_softmax, logsumexp, BATCH(1), LINEAR(0), cgm_log_softmax(g, x[0], 2), RANGE(S(N, 1, 3), -2, 2))

/* Linear maps. */
CASE(matmul_nn, matmul, BATCH(1), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], false, false), IN(S(N, 4)), IN(S(4, 5)))
CASE(matmul_nn_right, matmul, WHOLE(2), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], false, false), IN(S(4, N)), IN(S(N, 5)))
CASE(matmul_nt, matmul, BATCH(1), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], false, true), IN(S(N, 4)), IN(S(5, 4)))
CASE(matmul_nt_both, matmul, WHOLE(3), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], false, true), IN(S(N, 4)), IN(S(N, 4)))
CASE(matmul_tn, matmul, BATCH(3), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], true, false), IN(S(N, 1)), IN(S(N, 1)))
CASE(matmul_tn_unmarked, matmul, BATCH(2), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], true, false), IN(S(N, 1)), IN(S(N, 1)))
CASE(matmul_tn_large, matmul, WHOLE(3), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], true, false), IN(S(N, 4)), IN(S(N, 5))) /* its sum is larger than its operands */
CASE(matmul_tt, matmul, WHOLE(1), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], true, true), IN(S(N, 3)), IN(S(5, N)))
CASE(matmul_batch, matmul, BATCH(3), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], false, false), IN(S(N, 2, 4)), IN(S(N, 4, 5)))
CASE(matmul_batch_tt, matmul, BATCH(1), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], true, true), IN(S(N, 2, 4, 3)), IN(S(N, 1, 5, 4)))
CASE(matmul_batch_tn, matmul, BATCH(1), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], true, false), IN(S(N, 1, 4, 3)), IN(S(2, 4, 5)))
CASE(matmul_batch_nt, matmul, BATCH(2), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], false, true), IN(S(3, 4)), IN(S(N, 2, 5, 4)))
CASE(matmul_batch_inner, matmul, WHOLE(2), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], false, false), IN(S(2, 3, N)), IN(S(N, 4)))
CASE(matmul_batch_tiles, matmul, BATCH(2), LINEAR(1, 2), cgm_matmul(g, x[0], x[1], false, false), IN(S(2, 150, 2)), IN(S(2, 2, N)))
CASE(conv, conv2d, BATCH(1), LINEAR(1, 2), cgm_conv2d(g, x[0], x[1], same3), IN(S(N, 3, 5, 4)), IN(S(2, 3, 3, 3)))
CASE(conv_odd, conv2d, BATCH(1), LINEAR(1, 2), cgm_conv2d(g, x[0], x[1], odd), IN(S(N, 3, 5, 4)), IN(S(4, 3, 3, 2)))
CASE(conv_three, conv2d, BATCH(1), LINEAR(1, 2), cgm_conv2d(g, x[0], x[1], three), IN(S(N, 2, 7, 5)), IN(S(3, 2, 4, 1)))
CASE(conv_filters, conv2d, WHOLE(2), LINEAR(1, 2), cgm_conv2d(g, x[0], x[1], same3), IN(S(2, 3, 5, 4)), IN(S(N, 3, 3, 3)))
CASE(conv_as_many, conv2d, BATCH(1), LINEAR(1, 2), cgm_conv2d(g, x[0], x[1], same3), IN(S(N, 3, 5, 4)), IN(S(N, 3, 3, 3))) /* as many filters as samples */
CASE(conv_both, conv2d, WHOLE(3), LINEAR(1, 2), cgm_conv2d(g, x[0], x[1], same3), IN(S(N, 3, 5, 4)), IN(S(N, 3, 3, 3)))
CASE(conv_biased, conv2d, BATCH(1), LINEAR(5), cgm_conv2d_biased(g, x[0], x[1], x[2], same3), IN(S(N, 3, 5, 4)), IN(S(N, 3, 3, 3)), IN(S(N)))
CASE(conv_biased_odd, conv2d, BATCH(1), LINEAR(6), cgm_conv2d_biased(g, x[0], x[1], x[2], odd), IN(S(N, 3, 5, 4)), IN(S(4, 3, 3, 2)), IN(S(4)))
CASE(conv_input_grad, conv2d_input_grad, BATCH(1), LINEAR(1, 2), cgm_conv2d_input_grad(g, x[0], x[1], odd, 5, 4), IN(S(N, 3, 2, 3)), IN(S(3, 2, 3, 2)))
CASE(conv_input_grad_filters, conv2d_input_grad, WHOLE(2), LINEAR(1, 2), cgm_conv2d_input_grad(g, x[0], x[1], odd, 5, 4), IN(S(2, N, 2, 3)), IN(S(N, 2, 3, 2)))
CASE(conv_filter_grad, conv2d_filter_grad, BATCH(3), LINEAR(1, 2), cgm_conv2d_filter_grad(g, x[0], x[1], odd, 3, 2), IN(S(N, 1, 5, 4)), IN(S(N, 1, 2, 3)))
CASE(conv_filter_grad_unmarked, conv2d_filter_grad, BATCH(1), LINEAR(1, 2), cgm_conv2d_filter_grad(g, x[0], x[1], odd, 3, 2), IN(S(N, 1, 5, 4)), IN(S(N, 1, 2, 3)))
CASE(conv_filter_grad_large, conv2d_filter_grad, WHOLE(3), LINEAR(1, 2), cgm_conv2d_filter_grad(g, x[0], x[1], odd, 3, 2), IN(S(N, 4, 5, 4)), IN(S(N, 8, 2, 3)))
CASE(conv_dilated, conv2d, BATCH(1), LINEAR(1, 2), cgm_conv2d(g, x[0], x[1], dilated), IN(S(N, 2, 7, 5)), IN(S(3, 2, 3, 2)))
CASE(conv_grouped, conv2d, BATCH(1), LINEAR(5), cgm_conv2d_biased(g, x[0], x[1], x[2], grouped), IN(S(N, 4, 5, 4)), IN(S(6, 2, 3, 2)), IN(S(6)))
CASE(conv_depthwise, conv2d, BATCH(1), LINEAR(1, 2), cgm_conv2d(g, x[0], x[1], depthwise), IN(S(N, 3, 7, 5)), IN(S(6, 1, 2, 3)))
CASE(conv_dilated_input_grad, conv2d_input_grad, BATCH(1), LINEAR(1, 2), cgm_conv2d_input_grad(g, x[0], x[1], dilated, 7, 5), IN(S(N, 3, 6, 5)), IN(S(3, 2, 3, 2)))
CASE(conv_grouped_input_grad, conv2d_input_grad, BATCH(1), LINEAR(1, 2), cgm_conv2d_input_grad(g, x[0], x[1], grouped, 5, 4), IN(S(N, 6, 2, 3)), IN(S(6, 2, 3, 2)))
CASE(conv_depthwise_input_grad, conv2d_input_grad, BATCH(1), LINEAR(1, 2), cgm_conv2d_input_grad(g, x[0], x[1], depthwise, 7, 5), IN(S(N, 6, 4, 2)), IN(S(6, 1, 2, 3)))
CASE(conv_dilated_filter_grad, conv2d_filter_grad, BATCH(3), LINEAR(1, 2), cgm_conv2d_filter_grad(g, x[0], x[1], dilated, 3, 2), IN(S(N, 2, 7, 5)), IN(S(N, 3, 6, 5)))
CASE(conv_grouped_filter_grad, conv2d_filter_grad, BATCH(3), LINEAR(1, 2), cgm_conv2d_filter_grad(g, x[0], x[1], grouped, 3, 2), IN(S(N, 4, 5, 4)), IN(S(N, 6, 2, 3)))
CASE(conv_depthwise_filter_grad, conv2d_filter_grad, BATCH(3), LINEAR(1, 2), cgm_conv2d_filter_grad(g, x[0], x[1], depthwise, 2, 3), IN(S(N, 3, 7, 5)), IN(S(N, 6, 4, 2)))
CASE(conv_transpose, conv2d_input_grad, BATCH(1), LINEAR(1, 2), cgm_conv2d_transpose(g, x[0], x[1], depthwise, 1), IN(S(N, 6, 2, 3)), IN(S(6, 2, 3, 2)))
CASE(conv_transpose_beyond, conv2d_input_grad, BATCH(1), LINEAR(1, 2), cgm_conv2d_transpose(g, x[0], x[1], three, 2), IN(S(N, 2, 2, 3)), IN(S(2, 3, 3, 4)))
CASE(upsample, upsample_nearest, BATCH(1), LINEAR(1), cgm_upsample_nearest(g, x[0], 2), IN(S(N, 3, 2, 1)))
CASE(upsample_by_three, upsample_nearest, BATCH(1), LINEAR(1), cgm_upsample_nearest(g, x[0], 3), IN(S(N, 1, 2, 5)))
CASE(sum_pool, sum_pool, BATCH(1), LINEAR(1), cgm_sum_pool(g, x[0], 3), IN(S(N, 2, 3, 6)))
CASE(sum_pool_by_two, sum_pool, BATCH(1), LINEAR(1), cgm_sum_pool(g, x[0], 2), IN(S(N, 1, 4, 6)))
CASE(pad_reflect, resample2d, BATCH(1), LINEAR(1), cgm_pad2d(g, x[0], CGM_PAD_REFLECT, 3, 1, 0, 4), IN(S(N, 2, 4, 5)))
CASE(pad_replicate, resample2d, BATCH(1), LINEAR(1), cgm_pad2d(g, x[0], CGM_PAD_REPLICATE, 5, 0, 2, 1), IN(S(N, 4, 3)))
CASE(pad_circular, resample2d, BATCH(1), LINEAR(1), cgm_pad2d(g, x[0], CGM_PAD_CIRCULAR, 4, 1, 0, 3), IN(S(N, 2, 1, 4, 3)))
CASE(resize_nearest, resample2d, BATCH(1), LINEAR(1), cgm_resize2d(g, x[0], CGM_RESIZE_NEAREST, 7, 3), IN(S(N, 1, 4, 5)))
CASE(resize_nearest_whole, upsample_nearest, BATCH(1), LINEAR(1), cgm_resize2d(g, x[0], CGM_RESIZE_NEAREST, 6, 9), IN(S(N, 2, 2, 3)))
CASE(resize_bilinear, resample2d, BATCH(1), LINEAR(1), cgm_resize2d(g, x[0], CGM_RESIZE_BILINEAR, 9, 2), IN(S(N, 2, 4, 5)))
CASE(resize_bilinear_aligned, resample2d, BATCH(1), LINEAR(1), cgm_resize2d(g, x[0], CGM_RESIZE_BILINEAR_ALIGNED, 3, 11), IN(S(N, 2, 4, 5)))
CASE(resize_to_one, resample2d, BATCH(1), LINEAR(1), cgm_resize2d(g, x[0], CGM_RESIZE_BILINEAR_ALIGNED, 1, 4), IN(S(N, 1, 3, 1)))
CASE(average_pool, resample2d, BATCH(1), LINEAR(1), cgm_average_pool(g, x[0], windows), IN(S(N, 2, 6, 5)))
CASE(average_pool_inside, resample2d, BATCH(1), LINEAR(1), cgm_average_pool(g, x[0], inside), IN(S(N, 2, 5, 7)))
CASE(adaptive_average_pool, resample2d, BATCH(1), LINEAR(1), cgm_adaptive_average_pool(g, x[0], 3, 7), IN(S(N, 2, 7, 5)))
CASE(pad_reflect_adjoint, resample2d_adjoint, BATCH(1), LINEAR(1), cgm_resample2d_adjoint(g, x[0], ((cgm_resampling_opts){CGM_PAD_REFLECT, .pad_top = 2, .pad_right = 3}), 3, 5), IN(S(N, 2, 5, 8)))
CASE(bilinear_adjoint, resample2d_adjoint, BATCH(1), LINEAR(1), cgm_resample2d_adjoint(g, x[0], ((cgm_resampling_opts){CGM_RESIZE_BILINEAR, 7, 3}), 4, 5), IN(S(N, 2, 7, 3)))
CASE(average_pool_adjoint, resample2d_adjoint, BATCH(1), LINEAR(1), cgm_resample2d_adjoint(g, x[0], ((cgm_resampling_opts){CGM_POOL_AVERAGE, 3, 3, 2, 2, 1, 0, 0, 1}), 6, 4), IN(S(N, 2, 3, 2)))
CASE(adaptive_adjoint, resample2d_adjoint, BATCH(1), LINEAR(1), cgm_resample2d_adjoint(g, x[0], ((cgm_resampling_opts){CGM_POOL_ADAPTIVE_AVERAGE, 3, 3}), 7, 2), IN(S(N, 1, 3, 3)))

/* Indices. */
CASE(stop_gradient, stop_gradient, BATCH(3), LINEAR(1), cgm_mul(g, x[0], cgm_stop_gradient(g, x[1])), IN(S(N, 3)),
     INDEX(S(N, 3), 4))
CASE(gather, gather, BATCH(3), LINEAR(1), cgm_gather(g, x[0], x[1]), IN(S(N, 2, 4)), INDEX(S(N, 2, 1), 4))
CASE(gather_unmarked, gather, BATCH(1), LINEAR(1), cgm_gather(g, x[0], x[1]), IN(S(N, 2, 4)), INDEX(S(N, 2, 1), 4))
CASE(max_index, max_index, BATCH(1), LINEAR(0), cgm_max_index(g, x[0], largest), APART(S(N, 2, 6, 5)))
CASE(max_index_adaptive, max_index, BATCH(1), LINEAR(0), cgm_max_index(g, x[0], ((cgm_resampling_opts){CGM_POOL_ADAPTIVE_MAX, 3, 2})), APART(S(N, 1, 7, 5)))
CASE(max_pool, max_index, BATCH(1), LINEAR(0), cgm_max_pool(g, x[0], windows), APART(S(N, 2, 6, 5)))
CASE(max_pool_adaptive, max_index, BATCH(1), LINEAR(0), cgm_adaptive_max_pool(g, x[0], 3, 4), APART(S(N, 1, 7, 5)))
CASE(max_unpool, scatter_add, BATCH(3), LINEAR(1), cgm_max_unpool(g, x[0], x[1], 3, 4), IN(S(N, 2, 2, 3)), INDEX(S(N, 2, 2, 3), 12))
CASE(bed_of_nails, spread, BATCH(1), LINEAR(1), cgm_bed_of_nails(g, x[0], 2), IN(S(N, 2, 2, 3)))
CASE(gather_several, gather, BATCH(3), LINEAR(1), cgm_gather(g, x[0], x[1]), IN(S(N, 2, 4)), INDEX(S(N, 2, 7), 4))
CASE(gather_same_rows, gather, WHOLE(1), LINEAR(1), cgm_gather(g, x[0], x[1]), IN(S(N)), INDEX(S(N), N)) /* of one axis it is read whole */
CASE(gather_one_axis, gather, BATCH(2), LINEAR(1), cgm_gather(g, x[0], x[1]), IN(S(5)), INDEX(S(N), 5))
CASE(scatter_add, scatter_add, BATCH(3), LINEAR(1), cgm_scatter_add(g, x[0], x[1], 4), IN(S(N, 2, 7)), INDEX(S(N, 2, 7), 4))
CASE(scatter_add_few, scatter_add, BATCH(1), LINEAR(1), cgm_scatter_add(g, x[0], x[1], 9), IN(S(N, 3)), INDEX(S(N, 3), 9))
CASE(scatter_add_one_axis, scatter_add, WHOLE(3), LINEAR(1), cgm_scatter_add(g, x[0], x[1], 5), IN(S(N)), INDEX(S(N), 5))
CASE(take_rows, take_rows, BATCH(2), LINEAR(1), cgm_take_rows(g, x[0], x[1]), IN(S(5, 3)), INDEX(S(N), 5))
CASE(take_rows_words, take_rows, BATCH(2), LINEAR(1), cgm_take_rows(g, x[0], x[1]), IN(S(N, 3)), INDEX(S(N, 4), N))
CASE(take_rows_marked, take_rows, WHOLE(1), LINEAR(1), cgm_take_rows(g, x[0], x[1]), IN(S(N, 3)), INDEX(S(N, 4), N))
CASE(add_rows, add_rows, BATCH(3), LINEAR(1), cgm_add_rows(g, x[0], x[1], 2), IN(S(N, 4, 3)), INDEX(S(N, 4), 2))
CASE(add_rows_wide, add_rows, WHOLE(3), LINEAR(1), cgm_add_rows(g, x[0], x[1], 4), IN(S(N, 70)), INDEX(S(N), 4)) /* its sum is larger than its operands */
CASE(argsort, argsort, BATCH(1), LINEAR(0), cgm_argsort(g, x[0], 5, false), APART(S(N, 2, 5)))
CASE(argsort_equal, argsort, BATCH(1), LINEAR(0), cgm_argsort(g, x[0], 9, true), INDEX(S(N, 9), 3)) /* equal ones stay in their order */
CASE(argsort_first, argsort, BATCH(1), LINEAR(0), cgm_argsort(g, x[0], 1, true), APART(S(N, 7)))
CASE(argsort_long, argsort, BATCH(1), LINEAR(0), cgm_argsort(g, x[0], 150, true), INDEX(S(N, 150), 40))
CASE(argsort_rows, argsort, WHOLE(1), LINEAR(0), cgm_argsort(g, x[0], 3, false), APART(S(N)))
CASE(sort, argsort, BATCH(1), LINEAR(0), cgm_sort(g, x[0], 1, false), APART(S(N, 5, 3)))
CASE(top_k, argsort, BATCH(1), LINEAR(0), cgm_top_k(g, x[0], 2, 3, true, NULL), APART(S(N, 2, 50)))
CASE(argmax, argsort, BATCH(1), LINEAR(0), cgm_argmax(g, x[0], 1), APART(S(N, 5, 3)))
CASE(one_hot, one_hot, BATCH(1), LINEAR(0), cgm_one_hot(g, x[0], 3), INDEX(S(N, 2, 1), 3))
/* clang-format on */

#undef S
#undef N
