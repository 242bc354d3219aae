using Orchestrator.Cli.CommandLine;
using Orchestrator.Platform;
using Orchestrator.Silo;

namespace Orchestrator.Cli.Hosting;

/// <summary>
/// A data folder, and who answers for it: the process that works on it, else a control plane in this process. One that only reads
/// belongs to its command alone: it takes no lock, and nobody else is sent to it, because it ends with the command.
/// </summary>
internal sealed class DataFolder(CliServices services, ServerSettings settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly ServerProbe _probe = new(services.Clock, settings.Token);

    private string Path => settings.DataFolder;

    /// <summary>Whether the user named a folder that is not there.</summary>
    public bool IsMistaken => settings.DataFolderIsNamed && !Directory.Exists(Path);

    /// <summary>Whether the process that works on it answers there.</summary>
    public bool IsServedAt(Uri address) => DataFolderLock.IsHeld(Path) && DataFolderLock.ReadHolder(Path)?.Url == address;

    /// <summary>Why there is no sweep in it; null if there may be.</summary>
    public string? Lacking() => Path switch
    {
        var folder when File.Exists(folder) => $"{folder} is a file",
        var folder when !Directory.Exists(folder) => $"{folder} does not exist",
        var folder when !HasDatabase && !DataFolderLock.IsHeld(folder) => $"{folder} holds no database of sweeps",
        _ => null,
    };

    /// <summary>Refuses a folder without sweeps, for verbs that need one.</summary>
    public void RequireSweeps()
    {
        if (Lacking() is { } lacking)
        {
            throw new CliException(ExitCode.Usage, $"no sweep is there: {lacking}; name another folder with --data (or ORCHESTRATOR_DATA), or a server with --server");
        }
    }

    /// <summary>The process that trains on it, as long as it answers, else this process, for reading only.</summary>
    public async Task<Connection> Read(CancellationToken cancellation)
    {
        RequireSweeps();
        // A process that is about to make the database answers soon, or ends without one.
        var holder = await Trainer(waitWhile: () => !HasDatabase, cancellation);
        return holder is null ? await Start(null, Path, Purpose.Reading, new LocalStart(0), cancellation) : new Connection(holder, settings.Token, Read);
    }

    /// <summary>The process that trains on it; null if nobody holds it.</summary>
    public async Task<Connection?> Trained(CancellationToken cancellation) =>
        await Trainer(waitWhile: () => true, cancellation) is { } holder ? new Connection(holder, settings.Token) : null;

    /// <summary>The process that trains on it, else this process.</summary>
    public async Task<Connection> Open(Purpose purpose, LocalStart start, CancellationToken cancellation)
    {
        while (true)
        {
            if (DataFolderLock.TryAcquire(Path) is { } mine)
            {
                return await Start(mine, Path, purpose, start, cancellation);
            }
            if (await Trained(cancellation) is { } connection)
            {
                return connection;
            }
        }
    }

    /// <summary>This process and no other.</summary>
    public async Task<Connection> Own(LocalStart start, CancellationToken cancellation)
    {
        if (DataFolderLock.TryAcquire(Path) is { } mine)
        {
            return await Start(mine, Path, Purpose.Training, start, cancellation);
        }
        var holder = DataFolderLock.ReadHolder(Path);
        throw new CliException(
            ExitCode.Failed,
            $"another process {(holder is null ? "" : $"(pid {holder.Pid}, {holder.Url}) ")}works on {Path}: use that one, end it, or name another folder with --data");
    }

    /// <summary>A new folder that goes with the connection.</summary>
    public async Task<Connection> Temporary(CancellationToken cancellation)
    {
        var folder = DataFolderLock.Temporary();
        return await Start(folder, folder.Folder, Purpose.Changing, new LocalStart(0), cancellation);
    }

    private bool HasDatabase => File.Exists(EmbeddedSiloOptions.DatabaseIn(Path));

    // A process that starts or ends holds the folder for a moment without an answer: wait for either, within bounds.
    private async Task<Uri?> Trainer(Func<bool> waitWhile, CancellationToken cancellation)
    {
        var began = services.Clock.GetTimestamp();
        while (DataFolderLock.IsHeld(Path))
        {
            var holder = DataFolderLock.ReadHolder(Path);
            if (holder is { WithWorker: true } && await _probe.Answers(holder.Url, cancellation))
            {
                return holder.Url;
            }
            if (!waitWhile())
            {
                break;
            }
            if (services.Clock.GetElapsedTime(began) > Patience)
            {
                throw new CliException(
                    ExitCode.Unreachable,
                    $"{(holder is null ? "another process" : $"process {holder.Pid} ({holder.Url})")} holds {Path} but does not answer: end it, or name another folder with --data");
            }
            await Task.Delay(Pause, services.Clock, cancellation);
        }
        return null;
    }

    private async Task<Connection> Start(DataFolderLock? mine, string folder, Purpose purpose, LocalStart start, CancellationToken cancellation)
    {
        try
        {
            var withWorker = purpose == Purpose.Training;
            var options = new EmbeddedOptions(folder, start.Listen, FreePort.Near(start.Port), withWorker, start.Worker ?? new(), settings.Token, ReadOnly: purpose == Purpose.Reading, start.Tokens);
            var handle = await services.Host.Start(options, cancellation);
            mine?.Announce(handle.Address, withWorker);
            return new Connection(handle, mine, settings.Token);
        }
        catch
        {
            mine?.Dispose();
            throw;
        }
    }
}
