using Orchestrator.Cli.Hosting;

namespace Orchestrator.Cli.Tests.Hosting;

public sealed class DataFolderLockTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("orchestrator-lock-").FullName, "data");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void One_holder_at_a_time_who_says_where_it_answers()
    {
        Assert.False(DataFolderLock.IsHeld(_folder));
        using (var held = DataFolderLock.TryAcquire(_folder))
        {
            Assert.NotNull(held);
            Assert.True(DataFolderLock.IsHeld(_folder));
            Assert.Null(DataFolderLock.TryAcquire(_folder));
            Assert.Null(DataFolderLock.ReadHolder(_folder));
            held.Announce(new Uri("http://127.0.0.1:5099"), withWorker: true);
            Assert.Equal(new LockHolder(Environment.ProcessId, new Uri("http://127.0.0.1:5099"), true), DataFolderLock.ReadHolder(_folder));
        }
        Assert.False(DataFolderLock.IsHeld(_folder));
        using var again = DataFolderLock.TryAcquire(_folder);
        Assert.NotNull(again);
    }

    [Fact]
    public async Task Who_looks_keeps_nobody_from_taking_it()
    {
        DataFolderLock.TryAcquire(_folder)!.Dispose();
        using var enough = new CancellationTokenSource();
        var looking = Task.Run(() =>
        {
            while (!enough.IsCancellationRequested)
            {
                DataFolderLock.IsHeld(_folder);
            }
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < 200; i++)
        {
            using var held = DataFolderLock.TryAcquire(_folder);
            Assert.NotNull(held);
        }
        await enough.CancelAsync();
        await looking;
    }

    [Fact]
    public void What_a_killed_process_left_behind_holds_nobody_up()
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "lock"), "");
        File.WriteAllText(Path.Combine(_folder, "lock.json"), """{"pid":1,"url":"http://127.0.0.1:1","with_worker":true}""");
        Assert.False(DataFolderLock.IsHeld(_folder));
        using var held = DataFolderLock.TryAcquire(_folder);
        Assert.NotNull(held);
        Assert.Null(DataFolderLock.ReadHolder(_folder));
    }
}
