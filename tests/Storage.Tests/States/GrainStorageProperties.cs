using CsCheck;
using Orchestrator.Storage.Tests.Backends;
using Orleans.Storage;

namespace Orchestrator.Storage.Tests.States;

/// <summary>Any interleaving of reads, writes and clears by three activations of two grains gives what a dictionary with versions gives.</summary>
public abstract class GrainStorageProperties<TBackend> : BackendTest<TBackend> where TBackend : ITestBackend, new()
{
    private const int Activations = 3;
    private const int Grains = 2;

    private enum Act
    {
        Read,
        Write,
        Clear,
    }

    private sealed record Step(Act Act, int Activation, int Grain, int Value);

    private static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.Enum<Act>(), Gen.Int[0, Activations - 1], Gen.Int[0, Grains - 1], Gen.Int[1, 1_000_000], (a, n, g, v) => new Step(a, n, g, v)).Array[1, 40];

    [Fact]
    public async Task Every_history_agrees_with_an_in_memory_model()
    {
        var history = 0;
        await Steps.SampleAsync(async steps => await Replay(steps, Interlocked.Increment(ref history)), iter: 100, threads: 1);
    }

    private async Task Replay(Step[] steps, int history)
    {
        var stored = new (int Version, int Value)?[Grains];
        var seen = new int?[Activations, Grains];
        var held = new GrainState<Note>[Activations, Grains];
        var versions = 0;
        foreach (var step in steps)
        {
            var (a, g) = (step.Activation, step.Grain);
            var grain = Grain($"{history}/{g}");
            var state = held[a, g] ??= new GrainState<Note>(new Note());
            var fits = seen[a, g] == stored[g]?.Version;
            switch (step.Act)
            {
                case Act.Read:
                    await Storage.ReadStateAsync("state", grain, state);
                    Assert.Equal(stored[g]?.Value ?? (seen[a, g] is null ? state.State!.Number : 0), state.State!.Number);
                    Assert.Equal(stored[g] is not null, state.RecordExists);
                    seen[a, g] = stored[g]?.Version;
                    break;
                case Act.Write:
                    state.State!.Number = step.Value;
                    if (await Succeeds(() => Storage.WriteStateAsync("state", grain, state), fits))
                    {
                        stored[g] = (++versions, step.Value);
                        seen[a, g] = versions;
                    }
                    break;
                case Act.Clear:
                    if (await Succeeds(() => Storage.ClearStateAsync("state", grain, state), fits))
                    {
                        stored[g] = null;
                        seen[a, g] = null;
                    }
                    break;
            }
        }
    }

    private static async Task<bool> Succeeds(Func<Task> act, bool expected)
    {
        if (expected)
        {
            await act();
        }
        else
        {
            await Assert.ThrowsAsync<InconsistentStateException>(act);
        }
        return expected;
    }
}
