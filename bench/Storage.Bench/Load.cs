using System.Diagnostics;
using Orleans.Storage;

namespace Orchestrator.Storage.Bench;

/// <summary>Grains that write one after the other, each waiting for its own acknowledgement, for a fixed time.</summary>
internal static class Load
{
    /// <summary>What a round came to.</summary>
    public sealed record Round(double PerSecond, double MedianMilliseconds, double P99Milliseconds);

    /// <summary>Every grain updates its one state again and again.</summary>
    public static Task<Round> Updates<T>(IGrainStorage storage, int grains, TimeSpan time, string name, Func<int, T> make, Action<T> change) =>
        Run(grains, time, grain =>
        {
            var held = new GrainState<T>(make(grain));
            return () =>
            {
                change(held.State!);
                return storage.WriteStateAsync("state", GrainId.Create(name, $"{grain}"), held);
            };
        });

    /// <summary>Every step is the first life of a new grain: read what is not there, write it.</summary>
    public static Task<Round> Activations<T>(IGrainStorage storage, int grains, TimeSpan time, string name, Func<int, T> make) =>
        Run(grains, time, grain =>
        {
            var count = 0;
            return async () =>
            {
                var id = GrainId.Create(name, $"{grain}-{count++}");
                var held = new GrainState<T>(make(grain));
                await storage.ReadStateAsync("state", id, held);
                await storage.WriteStateAsync("state", id, held);
            };
        });

    private static async Task<Round> Run(int grains, TimeSpan time, Func<int, Func<Task>> begin)
    {
        var clock = Stopwatch.StartNew();
        var took = await Task.WhenAll(Enumerable.Range(0, grains).Select(grain => Task.Run(async () =>
        {
            var step = begin(grain);
            var all = new List<double>();
            while (clock.Elapsed < time)
            {
                var started = clock.Elapsed;
                await step();
                all.Add((clock.Elapsed - started).TotalMilliseconds);
            }
            return all;
        })));
        var elapsed = clock.Elapsed.TotalSeconds;
        var sorted = took.SelectMany(t => t).Order().ToList();
        return new Round(sorted.Count / elapsed, sorted[sorted.Count / 2], sorted[(int)(sorted.Count * 0.99)]);
    }
}
