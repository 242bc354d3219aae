using Orchestrator.Storage.Postgres;
using Orchestrator.Storage.Tests.Backends;
using Orchestrator.TestServices;
using Orchestrator.Storage.Tests.States;

namespace Orchestrator.Storage.Tests.Crashes;

public sealed class CrashedServerTests
{
    private const int Grains = 32;
    private const int WritesBefore = 1_000;
    private const int WritesAfter = 100;

    [Fact]
    public async Task When_the_database_server_crashes_no_acknowledged_write_is_lost_and_writing_goes_on()
    {
        var cancellation = TestContext.Current.CancellationToken;
        SharedPostgres.SkipWithoutServers();
        await using var server = await PostgresServer.StartNew();
        await using var opened = new Opened(new PostgresDatabase(await server.NewSchema(TestContext.Current.CancellationToken)));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ending.CancelAfter(TimeSpan.FromMinutes(2));
        var acknowledged = 0;
        var failures = 0;
        var goal = new Goal(WritesBefore);
        var writers = Enumerable.Range(0, Grains).Select(Count).ToList();

        await goal.Reached.Task.WaitAsync(ending.Token);
        await server.Crash();
        var after = new Goal(Volatile.Read(ref acknowledged) + WritesAfter);
        Volatile.Write(ref goal, after);
        await after.Reached.Task.WaitAsync(ending.Token);
        await ending.CancelAsync();
        var last = await Task.WhenAll(writers);

        Assert.True(failures > 0, "no write met the crash: it proves nothing");
        var runs = (await opened.Catalogue.Runs("s", cancellation)).ToDictionary(r => r.Index);
        for (var i = 0; i < Grains; i++)
        {
            var held = await Read(i);
            Assert.InRange(held.State!.Number, last[i], last[i] + 1);
            Assert.Equal(held.State.Number, runs[i].Attempt);
            Assert.Equal(Enumerable.Range(1, held.State.Number), (await opened.Facts.Run(held.State.RunId, cancellation)).Select(f => f.Step));
        }

        async Task<GrainState<Counter>> Read(int index)
        {
            var held = new GrainState<Counter>(new Counter { Index = index });
            await opened.Storage.ReadStateAsync("state", GrainId.Create("test", $"{index}"), held);
            return held;
        }

        // Counts up as a grain does: after a failure it starts anew from what is stored.
        async Task<int> Count(int index)
        {
            var last = 0;
            while (!ending.IsCancellationRequested)
            {
                try
                {
                    var held = await Read(index);
                    while (!ending.IsCancellationRequested)
                    {
                        held.State!.Number++;
                        await opened.Storage.WriteStateAsync("state", GrainId.Create("test", $"{index}"), held);
                        last = held.State.Number;
                        var current = Volatile.Read(ref goal);
                        if (Interlocked.Increment(ref acknowledged) >= current.Writes)
                        {
                            current.Reached.TrySetResult();
                        }
                    }
                }
                catch (StorageException)
                {
                    Interlocked.Increment(ref failures);
                    await Task.Yield();
                }
            }
            return last;
        }
    }

    private sealed record Goal(int Writes)
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
