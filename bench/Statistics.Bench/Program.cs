using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Statistics.Transitions;

// How often the intervals that the product shows cover the truth: the tables of docs/statistics.md.
// dotnet run -c Release --project bench/Statistics.Bench [-- REPETITIONS]
var repetitions = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 20_000;
int[] sizes = [3, 5, 10, 20, 50];
var random = new Xoshiro256StarStar(1, threadSafe: false);
Console.WriteLine($"{repetitions} repetitions, share of 95% intervals that hold the truth (of those that there are; the share of those in brackets where it is not all)");

Table("Mean over runs, any value (Means.Estimate)",
[
    ("normal", 0, () => Normal.Sample(random, 0, 1)),
    ("exponential", 1, () => Exponential.Sample(random, 1)),
    ("log-normal, sigma 1", Math.Exp(0.5), () => LogNormal.Sample(random, 0, 1)),
    ("80% at 0.9, 20% at 0, ± 0.02", 0.72, () => (random.NextDouble() < 0.8 ? 0.9 : 0) + Normal.Sample(random, 0, 0.02)),
], (draw, n) => Of(Means.Estimate(Draws(draw, n))));

Table("Mean over runs of values in 0 to 1 (Means.Estimate with that range)",
[
    ("beta(2, 2)", 0.5, () => Beta.Sample(random, 2, 2)),
    ("beta(8, 1)", 8.0 / 9, () => Beta.Sample(random, 8, 1)),
    ("beta(0.5, 5)", 0.5 / 5.5, () => Beta.Sample(random, 0.5, 5)),
    ("80% at 0.9, 20% at 0", 0.72, () => random.NextDouble() < 0.8 ? 0.9 : 0),
], (draw, n) => Of(Means.Estimate(Draws(draw, n), range: MetricRange.Share)));

Table("Mean of pooled heads, 1 to 4 in each run (Means.Pooled)",
[
    ("normal runs, normal heads", 0, () => Normal.Sample(random, 0, 1)),
    ("exponential runs, normal heads", 1, () => Exponential.Sample(random, 1)),
    ("log-normal runs", Math.Exp(0.5), () => LogNormal.Sample(random, 0, 1)),
    ("80% at 0.9, 20% at 0", 0.72, () => random.NextDouble() < 0.8 ? 0.9 : 0),
], (draw, n) => Of(Means.Pooled(Enumerable.Range(0, n).Select(_ => Run(draw())))));

Table("Share of runs (Shares.Wilson)",
[
    ("p = 0.5", 0.5, () => random.NextDouble() < 0.5 ? 1 : 0),
    ("p = 0.8", 0.8, () => random.NextDouble() < 0.8 ? 1 : 0),
    ("p = 0.95", 0.95, () => random.NextDouble() < 0.95 ? 1 : 0),
    ("p = 0.99", 0.99, () => random.NextDouble() < 0.99 ? 1 : 0),
], (draw, n) => Shares.Wilson((int)Draws(draw, n).Sum(), n) is { Low: { } low, High: { } high } ? (low, high) : null);

Table("Median step of a transition, snapshots every 20 steps up to 300 (Transition.Median)",
[
    ("log-normal around 100, sigma 0.2", 100, () => 100 * LogNormal.Sample(random, 0, 0.2)),
    ("log-normal around 100, sigma 0.8", 100, () => 100 * LogNormal.Sample(random, 0, 0.8)),
    ("uniform 40 to 240", 140, () => 40 + 200 * random.NextDouble()),
    ("30% never, else uniform 40 to 240", 40 + 200 * 0.5 / 0.7, () => random.NextDouble() < 0.3 ? 1e9 : 40 + 200 * random.NextDouble()),
], (draw, n) => Transition.Median(Draws(draw, n).Select(Seen)) is { Low: { } low } median ? (low, median.High ?? double.PositiveInfinity) : null);

void Table(string title, (string Name, double Truth, Func<double> Draw)[] distributions, Func<Func<double>, int, (double Low, double High)?> interval)
{
    Console.WriteLine();
    Console.WriteLine($"| {title} | {string.Join(" | ", sizes.Select(n => $"n = {n}"))} |");
    Console.WriteLine($"|---|{string.Concat(sizes.Select(_ => "---|"))}");
    foreach (var (name, truth, draw) in distributions)
    {
        var cells = sizes.Select(n =>
        {
            var (there, covered) = (0, 0);
            for (var i = 0; i < repetitions; i++)
            {
                if (interval(draw, n) is var (low, high))
                {
                    there++;
                    covered += low <= truth && truth <= high ? 1 : 0;
                }
            }
            return there == 0 ? "none" : $"{(double)covered / there:F3}{(there == repetitions ? "" : $" ({(double)there / repetitions:F2})")}";
        });
        Console.WriteLine($"| {name} | {string.Join(" | ", cells)} |");
    }
}

double[] Draws(Func<double> draw, int n) => [.. Enumerable.Range(0, n).Select(_ => draw())];

double[] Run(double effect) => [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => effect + Normal.Sample(random, 0, 0.3))];

static (double, double)? Of(MeanEstimate estimate) => estimate is { Low: { } low, High: { } high } ? (low, high) : null;

static Transition Seen(double at) => at > 300 ? new Transition(null, null, 300) : new Transition(at, 20 * ((int)Math.Ceiling(at / 20) - 1), 20 * (int)Math.Ceiling(at / 20));
