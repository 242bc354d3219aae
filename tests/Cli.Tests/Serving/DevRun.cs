using Orchestrator.Cli.Hosting;

namespace Orchestrator.Cli.Tests.Serving;

/// <summary>Runs a verb that stays up until its address stands in the data folder, then interrupts it.</summary>
internal sealed class DevRun(CliHarness cli)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public async Task<Outcome> UntilAnnounced(string[] arguments, CancellationTokenSource interrupted, Func<LockHolder, Task>? meanwhile = null)
    {
        var run = cli.RunUntil(interrupted.Token, arguments);
        using var limit = new CancellationTokenSource(Bound);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        LockHolder? holder;
        while ((holder = DataFolderLock.ReadHolder(cli.DataFolder)) is null)
        {
            Assert.False(run.IsCompleted, "the verb ended before it announced its address");
            await poll.WaitForNextTickAsync(limit.Token);
        }
        if (meanwhile is not null)
        {
            await meanwhile(holder);
        }
        await interrupted.CancelAsync();
        return await run.WaitAsync(Bound);
    }
}
