using Orchestrator.Silo;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Client;

namespace Orchestrator.Cli.Hosting;

/// <summary>How the control plane of this process is started, if one is.</summary>
internal sealed record LocalStart(int Port, string? Listen = null, int? Slots = null)
{
    public static LocalStart Default { get; } = new(5080);
}

/// <summary>What a control plane in this process is for.</summary>
internal enum Purpose
{
    /// <summary>It answers questions and writes nothing.</summary>
    Reading,
    /// <summary>It changes what is there, without a worker.</summary>
    Changing,
    /// <summary>It trains.</summary>
    Training,
}

/// <summary>
/// Finds the server that a verb talks to: the one that was named; else the one at the default address (unless a data folder
/// was named); else the process that holds the data folder; else, for verbs that may, a control plane in this process.
/// </summary>
internal sealed class ServerLocator(CliServices services, ServerSettings settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>For verbs that read: any server will do, and without one the data folder is opened here, for reading only.</summary>
    public async Task<Connection> ForReading(CancellationToken cancellation) => await Named(cancellation) ?? await ExistingFolder(Purpose.Reading, cancellation);

    /// <summary>For verbs that end what is there: without a server the data folder is opened here, without a worker.</summary>
    public async Task<Connection> ForChanging(CancellationToken cancellation) => await Named(cancellation) ?? await ExistingFolder(Purpose.Changing, cancellation);

    /// <summary>For verbs that list what there is; null, with a word about it, if nobody has worked in the folder yet.</summary>
    public async Task<Connection?> ForListing(CancellationToken cancellation)
    {
        if (await Named(cancellation) is { } server)
        {
            return server;
        }
        if (Lacking() is { } lacking && !IsMistaken)
        {
            services.Terminal.Note($"no sweep yet: {lacking}{(settings.DataFolderIsNamed ? "" : $", and no server answers at {services.DefaultServer}")}");
            return null;
        }
        return await ExistingFolder(Purpose.Reading, cancellation);
    }

    /// <summary>For verbs that only ask what would be in a folder, which need not exist: if nobody has worked in it yet, nothing is left there.</summary>
    public async Task<Connection> ForPlanning(CancellationToken cancellation) =>
        await Named(cancellation)
            ?? (Lacking() is null
                ? await ExistingFolder(Purpose.Reading, cancellation)
                : await StartHere(DataFolderLock.Temporary(), Purpose.Reading, new LocalStart(0), cancellation));

    /// <summary>Refuses a data folder without sweeps, for verbs that need one.</summary>
    public void RequireSweeps()
    {
        if (Lacking() is { } lacking)
        {
            throw new CliException(ExitCode.Usage, $"no sweep is there: {lacking}; name another folder with --data (or ORCHESTRATOR_DATA), or a server with --server");
        }
    }

    /// <summary>The server that was named, or that answers at the default address unless a data folder was named; else null.</summary>
    public Task<Connection?> Server(CancellationToken cancellation) => Named(cancellation);

    /// <summary>For verbs that need somebody who trains and stays.</summary>
    public async Task<Connection> ForServer(CancellationToken cancellation) =>
        await Named(cancellation) ?? await FromFolder(Purpose.Training, null, cancellation) ?? throw new CliException(
            ExitCode.Unreachable,
            $"no server answers at {services.DefaultServer} and no process works on {settings.DataFolder}: "
                + "start one with ./orchestrator dev, name one with --server, or train in this process with sweep submit FILE --embedded");

    /// <summary>For verbs that train in this process; a process that already trains on the same folder serves as well.</summary>
    public async Task<Connection> ForTraining(LocalStart start, CancellationToken cancellation) =>
        (await FromFolder(Purpose.Training, start, cancellation))!;

    /// <summary>For <c>dev</c>: this process and no other.</summary>
    public async Task<Connection> Own(LocalStart start, CancellationToken cancellation)
    {
        var folder = DataFolderLock.TryAcquire(settings.DataFolder);
        if (folder is null)
        {
            var holder = DataFolderLock.ReadHolder(settings.DataFolder);
            throw new CliException(
                ExitCode.Failed,
                $"another process {(holder is null ? "" : $"(pid {holder.Pid}, {holder.Url}) ")}works on {settings.DataFolder}: use that one, end it, or name another folder with --data");
        }
        return await StartHere(folder, Purpose.Training, start, cancellation);
    }

    /// <summary>Whether an orchestrator answers there.</summary>
    public async Task<bool> Answers(Uri address, CancellationToken cancellation)
    {
        using var http = OrchestratorClient.CreateHttp(address, settings.Token);
        using var limit = new CancellationTokenSource(ProbeTimeout, services.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await new OrchestratorClient(http).GetVersion(both.Token);
            return true;
        }
        catch (ServerErrorException error)
        {
            return error.Status is System.Net.HttpStatusCode.Unauthorized or System.Net.HttpStatusCode.Forbidden;
        }
        catch (ServerUnreachableException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<Connection?> Named(CancellationToken cancellation) => settings switch
    {
        { Explicit: { } address } => new Connection(address, settings.Token),
        { DataFolderIsNamed: false } when await Answers(services.DefaultServer, cancellation) => AtDefault(),
        _ => null,
    };

    /// <summary>The server that nobody named; says so if the folder here has sweeps of its own.</summary>
    private Connection AtDefault()
    {
        var folder = settings.DataFolder;
        if (Lacking() is null && !(DataFolderLock.IsHeld(folder) && DataFolderLock.ReadHolder(folder)?.Url == services.DefaultServer))
        {
            services.Terminal.Note($"asking the server at {services.DefaultServer}, not {folder}, which holds sweeps of its own: name one with --server or --data");
        }
        return new Connection(services.DefaultServer, settings.Token);
    }

    /// <summary>Whether the user named a folder that is not there.</summary>
    private bool IsMistaken => settings.DataFolderIsNamed && !Directory.Exists(settings.DataFolder);

    /// <summary>Why there is no sweep in the data folder; null if there may be.</summary>
    private string? Lacking() => settings.DataFolder switch
    {
        var folder when File.Exists(folder) => $"{folder} is a file",
        var folder when !Directory.Exists(folder) => $"{folder} does not exist",
        var folder when !File.Exists(EmbeddedSiloOptions.DatabaseIn(folder)) && !DataFolderLock.IsHeld(folder) => $"{folder} holds no database of sweeps",
        _ => null,
    };

    private async Task<Connection> ExistingFolder(Purpose purpose, CancellationToken cancellation)
    {
        RequireSweeps();
        return (await FromFolder(purpose, new LocalStart(0), cancellation))!;
    }

    // A process that starts or ends holds the folder for a moment without an answer: wait for either, within bounds.
    private async Task<Connection?> FromFolder(Purpose purpose, LocalStart? start, CancellationToken cancellation)
    {
        var began = services.Clock.GetTimestamp();
        while (true)
        {
            if (start is null && !DataFolderLock.IsHeld(settings.DataFolder))
            {
                return null;
            }
            if (start is not null && DataFolderLock.TryAcquire(settings.DataFolder) is { } folder)
            {
                return await StartHere(folder, purpose, start, cancellation);
            }
            var holder = DataFolderLock.ReadHolder(settings.DataFolder);
            if (holder is not null && (holder.WithWorker || purpose == Purpose.Reading) && await Answers(holder.Url, cancellation))
            {
                return new Connection(holder.Url, settings.Token);
            }
            if (services.Clock.GetElapsedTime(began) > Patience)
            {
                throw new CliException(
                    ExitCode.Unreachable,
                    $"{(holder is null ? "another process" : $"process {holder.Pid} ({holder.Url})")} holds {settings.DataFolder} but does not answer: end it, or name another folder with --data");
            }
            await Task.Delay(Pause, services.Clock, cancellation);
        }
    }

    private async Task<Connection> StartHere(DataFolderLock folder, Purpose purpose, LocalStart start, CancellationToken cancellation)
    {
        try
        {
            var withWorker = purpose == Purpose.Training;
            var options = new EmbeddedOptions(folder.Folder, start.Listen, FreePort.Near(start.Port), withWorker, start.Slots, settings.Token, ReadOnly: purpose == Purpose.Reading);
            var handle = await services.Host.Start(options, cancellation);
            folder.Announce(handle.Address, withWorker);
            return new Connection(handle, folder, settings.Token);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }
}
