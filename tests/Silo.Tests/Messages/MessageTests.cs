using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orchestrator.Messaging.Bus;

namespace Orchestrator.Silo.Tests.Messages;

/// <summary>What goes over the bus.</summary>
public sealed class MessageTests
{
    private const int Limit = 64 * 1024;

    [Fact]
    public async Task A_full_pack_stays_under_64_KB_and_arrives_whole()
    {
        using var folder = new TestFolder();
        var sizes = new Sizes();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var observed = cluster.Services.GetRequiredService<IBus>().ConnectSendObserver(sizes);
        var document = TestSweeps.Document("packed", "0..63", "[2]", every: 10);
        document["train"]!["batch"] = 1; // 32 tokens a step: 64 runs a pack
        var submitted = await cluster.Client.Submit(document, TestContext.Current.CancellationToken);
        Assert.Equal(64, (await cluster.Client.Ended(submitted.Id, 60)).Sweep.Runs.Completed);
        observed.Disconnect();
        Assert.True(sizes.Packs > 0 && sizes.MostRuns >= 16, $"{sizes.Packs} packs, at most {sizes.MostRuns} runs in one");
        Assert.InRange(sizes.Largest, 1, Limit);
    }

    [Fact]
    public async Task The_bus_library_reports_nothing_to_its_makers()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        Assert.False(cluster.Services.GetRequiredService<IOptions<UsageTelemetryOptions>>().Value.Enabled);
    }

    /// <summary>Measures every message that is sent.</summary>
    private sealed class Sizes : ISendObserver
    {
        private int _largest;
        private int _packs;
        private int _mostRuns;

        public int Largest => _largest;

        public int Packs => _packs;

        public int MostRuns => _mostRuns;

        public Task PreSend<T>(SendContext<T> context)
            where T : class => Task.CompletedTask;

        public Task PostSend<T>(SendContext<T> context)
            where T : class
        {
            Max(ref _largest, (int)(context.BodyLength ?? 0));
            if (context.Message is PackMessage pack)
            {
                Interlocked.Increment(ref _packs);
                Max(ref _mostRuns, pack.Body.Split("run_id").Length - 1);
            }
            return Task.CompletedTask;
        }

        public Task SendFault<T>(SendContext<T> context, Exception exception)
            where T : class => Task.CompletedTask;

        private static void Max(ref int largest, int value)
        {
            for (var seen = largest; value > seen; seen = largest)
            {
                Interlocked.CompareExchange(ref largest, value, seen);
            }
        }
    }
}
