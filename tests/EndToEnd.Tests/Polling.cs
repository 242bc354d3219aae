using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Client;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Waits on what another process has come to.</summary>
internal static class Polling
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    /// <summary>The process that works on a data folder, as soon as it answers.</summary>
    public static async Task<OrchestratorClient> Server(CommandLine process, string data)
    {
        var note = Path.Combine(data, "lock.json");
        var url = await Until(process, () => Task.FromResult(File.Exists(note) ? (string?)JsonNode.Parse(File.ReadAllText(note))!["url"] : null), found => found is not null);
        return new OrchestratorClient(OrchestratorClient.CreateHttp(new Uri(url!), null));
    }

    /// <summary>Asks until the answer is as wanted; fails if the process ends first, or after the bound.</summary>
    public static async Task<T> Until<T>(CommandLine process, Func<Task<T>> ask, Func<T, bool> wanted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Bound);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var last = "no answer yet";
        while (!limit.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(CancellationToken.None);
            Assert.False(process.HasExited, $"the process ended before it came to this; last: {last}; stderr: {process.Error}");
            try
            {
                var answer = await ask();
                if (wanted(answer))
                {
                    return answer;
                }
                last = JsonSerializer.Serialize(answer, Contracts.Json.Options);
            }
            catch (OrchestratorException notYet)
            {
                last = notYet.Message; // it is starting
            }
        }
        Assert.Fail($"not reached within {Bound.TotalSeconds} s; last: {last}; stderr: {process.Error}");
        throw new InvalidOperationException("unreachable");
    }
}
