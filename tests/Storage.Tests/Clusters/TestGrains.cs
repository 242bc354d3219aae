using System.Collections.Concurrent;
using Orchestrator.Storage.Tests.States;

namespace Orchestrator.Storage.Tests.Clusters;

public interface ICounterGrain : IGrainWithStringKey
{
    Task<int> Increment();
    Task<string> Where();
    Task Remind(TimeSpan due);
}

public sealed class CounterGrain([PersistentState("counter")] IPersistentState<Counter> state, ILocalSiloDetails silo) : Grain, ICounterGrain, IRemindable
{
    /// <summary>Told when a reminder reaches a grain, by grain key.</summary>
    public static ConcurrentDictionary<string, Action> Reminded { get; } = new();

    public async Task<int> Increment()
    {
        state.State.Sweep = this.GetPrimaryKeyString();
        state.State.Number++;
        await state.WriteStateAsync();
        return state.State.Number;
    }

    public Task<string> Where() => Task.FromResult(silo.Name);

    public Task Remind(TimeSpan due) => this.RegisterOrUpdateReminder("wake", due, TimeSpan.FromMinutes(1));

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (Reminded.TryGetValue(this.GetPrimaryKeyString(), out var told))
        {
            told();
        }
        return Task.CompletedTask;
    }
}
