/* The Poisson distribution in both tails, and its quantiles.
 *
 * With a = k + 1, P(X <= k) is the incomplete gamma function Q(a, mean) and P(X > k) is P(a, mean). GSL has both, but
 * not their logarithms, not for a beyond some 1e9, and it reports what it cannot do to a handler that threads share. So
 * the smaller of the two is found here, as a logarithm: by its series, whose terms fall from the first one on, or near
 * the mean of a large one, where these would be many, by Temme's uniform expansion. */
#include "scm/mechanisms/poisson.h"

#include <gsl/gsl_sf_erf.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_log.h>
#include <math.h>

#include "scm/mechanisms/latent.h"

#define LOG_2PI 1.83787706640934548356
/* Where the expansion is used, to 1e-16. */
static const double large = 1000, near = 0.25;

/* log(1 + x) - x, for any x > -1. */
static double log_excess(double x)
{
    return x > -0.9 ? gsl_sf_log_1plusx_mx(x) : log1p(x) - x;
}

/* log P(X = k) before truncation; of a law that is relative, plus its mean. */
static double log_pmf(const scm_poisson_law *law, double k)
{
    if (law->relative) return k * law->log_mean - gsl_sf_lngamma(k + 1);
    if (k == 0) return -law->mean;
    if (!isfinite(law->mean)) return -INFINITY;
    double excess = (law->mean - k) / k;
    /* -k (excess - log(1 + excess)), the log-likelihood ratio to a mean of k. */
    double ratio = excess > -0.9 ? k * log_excess(excess) : k * (law->log_mean - log(k)) + k - law->mean;
    return ratio - 0.5 * (LOG_2PI + log(k)) - log(gsl_sf_gammastar(k));
}

/* log P(X <= k) for k + 1 <= mean: P(X = k) (1 + k / mean + k (k - 1) / mean^2 + ...). */
static double lower_series(const scm_poisson_law *law, double k)
{
    double sum = 1, term = 1;
    for (double j = k; j > 0 && term > 1e-17 * sum; j--) sum += term *= j / law->mean;
    return log_pmf(law, k) + log(sum);
}

/* log P(X > k) for mean < k + 1: P(X = k + 1) (1 + mean / (k + 2) + ...). */
static double upper_series(const scm_poisson_law *law, double k)
{
    double sum = 1, term = 1;
    for (double j = k + 2; term > 1e-17 * sum; j++) sum += term *= law->mean / j;
    return log_pmf(law, k + 1) + log(sum);
}

/* The coefficients c_k(eta) of Temme's expansion as power series (DLMF 8.12.7 to 8.12.11, which give c_k by the
 * recurrence c_k = c_(k-1)' / eta + (-1)^k g_k / mu from c_0 = 1/mu - 1/eta, g_k Stirling's). */
static const double temme[5][14] = {
    {-0.3333333333333333, 0.08333333333333333, -0.014814814814814815, 0.0011574074074074073, 0.0003527336860670194,
     -0.0001787551440329218, 3.919263178522438e-05, -2.185448510679992e-06, -1.85406221071516e-06,
     8.296711340953087e-07, -1.7665952736826078e-07, 6.707853543401498e-09, 1.0261809784240309e-08,
     -4.382036018453353e-09},
    {-0.001851851851851852, -0.003472222222222222, 0.0026455026455026454, -0.0009902263374485596,
     0.00020576131687242798, -4.018775720164609e-07, -1.8098550334489977e-05, 7.64916091608111e-06,
     -1.6120900894563446e-06, 4.647127802807434e-09, 1.378633446915721e-07},
    {0.004133597883597883, -0.0026813271604938273, 0.0007716049382716049, 2.0093878600823047e-06,
     -0.0001073665322636516, 5.2923448829120125e-05, -1.2760635188618728e-05, 3.423578734096138e-08},
    {0.0006494341563786008, 0.00022947209362139917, -0.0004691894943952557, 0.00026772063206283885},
    {-0.0008618882909167117, 0.0007840392217200666},
};

static double temme_sum(double eta, double a)
{
    double sum = 0;
    for (size_t k = 5; k-- > 0;) {
        double c = 0;
        for (size_t n = 14; n-- > 0;) c = c * eta + temme[k][n];
        sum = sum / a + c;
    }
    return sum;
}

/* The logarithm of the smaller tail at a: erfc(|eta| sqrt(a / 2)) / 2 and a correction, which has the sign of eta. */
static double temme_tail(double a, double eta)
{
    double y = fabs(eta) * sqrt(0.5 * a), main = gsl_sf_log_erfc(y) - M_LN2;
    double correction = exp(-y * y - main - 0.5 * (LOG_2PI + log(a))) * temme_sum(eta, a);
    return main + log1p(eta > 0 ? correction : -correction);
}

/* The logarithm of the smaller one of P(X <= k) and P(X > k) before truncation; *is_lower says which it is. */
static double small_tail(const scm_poisson_law *law, double k, bool *is_lower)
{
    double a = k + 1, mu = (law->mean - a) / a;
    *is_lower = mu >= 0;
    if (a >= large && fabs(mu) < 0.5 && !law->relative) {
        double eta = copysign(sqrt(-2 * log_excess(mu)), mu);
        if (fabs(eta) <= near) return temme_tail(a, eta);
    }
    return *is_lower ? lower_series(law, k) : upper_series(law, k);
}

/* log(1 - exp(x)), x < 0. */
static double log_rest(double x)
{
    return x > -M_LN2 ? log(-expm1(x)) : log1p(-exp(x));
}

scm_poisson_law cgm_scm_poisson_law(double log_mean, double high)
{
    bool lower;
    scm_poisson_law law = {.log_mean = log_mean < -700 ? -700 : log_mean, .high = high};
    law.mean = exp(law.log_mean);
    if (isinf(high)) return law;
    law.relative = law.mean > 2 * high;
    double tail = small_tail(&law, high, &lower);
    law.log_total = lower ? tail : log_rest(tail);
    return law;
}

double cgm_scm_poisson_log_pmf(const scm_poisson_law *law, double k)
{
    return log_pmf(law, k) - law->log_total;
}

/* Of a k below high, whose smaller tail is given. The odds are P(X <= k) to P(k < X <= high), the latter a difference
 * of tails that are small on the same side, or nothing is small. */
static double truncated_cut(const scm_poisson_law *law, double tail, bool lower)
{
    bool high_lower;
    double high = small_tail(law, law->high, &high_lower);
    if (!lower) return log_rest(tail) - tail - log_rest(high - tail); /* then high's is an upper tail, too */
    if (high_lower) return tail - high - log_rest(tail - high);
    return tail - log1p(-(exp(tail) + exp(high)));
}

double cgm_scm_poisson_cut(const scm_poisson_law *law, double k)
{
    bool lower;
    if (k < 0) return -INFINITY;
    if (k >= law->high) return INFINITY;
    double tail = small_tail(law, k, &lower);
    if (isfinite(law->high)) return truncated_cut(law, tail, lower);
    return lower ? tail - log_rest(tail) : log_rest(tail) - tail;
}

/* Cornish and Fisher's first terms: nearly always within a few of the quantile. */
static double guess(const scm_poisson_law *law, double u)
{
    double z = u < 0 ? cgm_scm_latent_quantile(SCM_PROBIT, cgm_scm_latent_log_cdf(SCM_LOGIT, u))
                     : -cgm_scm_latent_quantile(SCM_PROBIT, cgm_scm_latent_log_cdf(SCM_LOGIT, -u));
    double k = floor(law->mean + z * sqrt(law->mean) + (z * z - 1) / 6);
    return fmin(fmax(k, 0), fmin(law->high, CGM_MAX_COUNT));
}

/* Steps that double from the guess until the quantile is between, then bisection. */
double cgm_scm_poisson_quantile(const scm_poisson_law *law, double u)
{
    double k = guess(law, u), low = -1, high = k;
    if (cgm_scm_poisson_cut(law, k) >= u) {
        for (double step = 1; high - step >= 0; step *= 2) {
            if (cgm_scm_poisson_cut(law, high - step) < u) {
                low = high - step;
                break;
            }
            high -= step;
        }
    } else {
        low = k;
        for (double step = 1;; step *= 2) {
            high = fmin(low + step, law->high);
            if (high > CGM_MAX_COUNT) return INFINITY;
            if (cgm_scm_poisson_cut(law, high) >= u) break;
            low = high;
        }
    }
    while (high - low > 1) {
        double middle = floor(0.5 * (low + high));
        if (cgm_scm_poisson_cut(law, middle) >= u)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* Of a mean above high: of high - X, whose probabilities fall from the first one on. */
static void moments_from_high(const scm_poisson_law *law, double *mean, double *variance)
{
    double total = 1, first = 0, second = 0, term = 1;
    for (double j = 1; j <= law->high && term > 1e-17 * total; j++) {
        term *= (law->high - j + 1) / law->mean;
        total += term;
        first += j * term;
        second += j * j * term;
    }
    first /= total;
    *mean = law->high - first;
    *variance = second / total - first * first;
}

/* With h = P(X = high) / P(X <= high) before truncation, d log P(X <= high) / d log mean is -mean h. */
void cgm_scm_poisson_moments(const scm_poisson_law *law, double *mean, double *variance)
{
    if (law->mean >= law->high + 1) {
        moments_from_high(law, mean, variance);
        return;
    }
    double h = isinf(law->high) ? 0 : exp(cgm_scm_poisson_log_pmf(law, law->high)), lost = law->mean * h;
    *mean = law->mean - lost;
    *variance = h > 0 ? *mean - lost * (law->high - *mean) : *mean;
}
