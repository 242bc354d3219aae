using System.Collections.Concurrent;
using System.Diagnostics;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>What people who look cost the silo, and how long they wait, while a sweep reports. Each viewer asks as an open page of the sweep does, and has its stream of events open.</summary>
internal static class ViewersBench
{
    private const int Viewers = 50;
    private const int Slots = 32;
    private static readonly TimeSpan Takes = TimeSpan.FromMilliseconds(300); // about 100 runs/s
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(20);

    public static async Task Run(int runs)
    {
        await using var cluster = await ServedCluster.Start(Slots);
        cluster.Runner.Takes = Takes;
        var id = (await cluster.Client.Submit(cluster.Sweep(runs, packed: false, "heads, composition, in-context-learning"))).Id;
        await Task.Delay(Round); // everything is compiled, and there is something to look at
        foreach (var viewers in (int[])[0, Viewers, 0, Viewers])
        {
            var asked = new ConcurrentDictionary<string, ConcurrentQueue<double>>();
            using var stop = new CancellationTokenSource();
            var looking = Enumerable.Range(0, viewers).Select(number => Look(cluster.Services.Address, id, number, asked, stop.Token)).ToArray();
            var (before, used, clock) = (await cluster.Client.GetStatus(id), ProcessUse.Of(cluster.Processes), Stopwatch.StartNew());
            await Task.Delay(Round);
            var (after, now) = (await cluster.Client.GetStatus(id), ProcessUse.Of(cluster.Processes));
            var (ended, seconds) = (after.Sweep.Runs.Completed - before.Sweep.Runs.Completed, clock.Elapsed.TotalSeconds);
            var cpu = now["silo"].CpuSeconds - used["silo"].CpuSeconds;
            Measurements.Show($"{viewers} viewers, {after.Sweep.Runs.Completed:N0} of {runs:N0} runs ended", $"{ended / seconds:F0} runs/s", $"silo {cpu / seconds:P0} of a core, {cpu / Math.Max(1, ended) * 1e3:F2} ms a run; {asked.Values.Sum(times => times.Count) / seconds:F0} answers/s");
            await stop.CancelAsync();
            await Task.WhenAll(looking);
            foreach (var (what, times) in asked.OrderBy(kind => kind.Key))
            {
                Measurements.Quantiles($"  {what}", times);
            }
        }
        await cluster.Client.CancelSweep(id);
    }

    private static async Task Look(Uri address, string id, int number, ConcurrentDictionary<string, ConcurrentQueue<double>> asked, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = address };
        try
        {
            var events = http.GetAsync(new Uri("api/v1/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, stop);
            await Task.Delay(TimeSpan.FromMilliseconds(1000.0 * number / Viewers), stop);
            using var stream = await events;
            var reading = stream.Content.CopyToAsync(Stream.Null, stop);
            using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1)); // the pace of the page
            for (var second = 0; await pace.WaitForNextTickAsync(stop); second++)
            {
                await Task.WhenAll(((string[])["status", "progress", .. second % 3 == 0 ? (string[])["findings", "trajectory", "runs?limit=1000"] : []]).Select(Ask));
            }
            await reading;
        }
        catch (OperationCanceledException)
        {
            // It has looked long enough.
        }

        async Task Ask(string what)
        {
            var from = Stopwatch.GetTimestamp();
            using var question = new HttpRequestMessage(HttpMethod.Get, $"api/v1/sweeps/{id}/{what}");
            question.Headers.CacheControl = new() { MaxAge = TimeSpan.FromSeconds(what is "status" or "progress" ? 1 : 3) };
            using var answer = await http.SendAsync(question, stop);
            answer.EnsureSuccessStatusCode();
            asked.GetOrAdd(what, _ => []).Enqueue(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
        }
    }
}
