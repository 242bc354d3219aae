using Orchestrator.Silo;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Client;

namespace Orchestrator.Cli.Hosting;

/// <summary>How the control plane of this process is started, where one is.</summary>
internal sealed record LocalStart(int Port, string? Listen = null, int? Slots = null)
{
    public static LocalStart Default { get; } = new(5080);
}

/// <summary>
/// Finds the server that a verb talks to: the one that was named; else the one at the default address (unless a data folder
/// was named); else the process that holds the data folder; else, for verbs that may, a control plane in this process.
/// </summary>
internal sealed class ServerLocator(CliServices services, ServerSettings settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>For verbs that read or plan: any server will do, and without one the data folder is opened here, without a worker.</summary>
    public async Task<Connection> ForReading(CancellationToken cancellation) =>
        await Named(cancellation) ?? (await FromFolder(needsWorker: false, new LocalStart(0), cancellation))!;

    /// <summary>The server that was named, or that answers at the default address unless a data folder was named; else null.</summary>
    public Task<Connection?> Server(CancellationToken cancellation) => Named(cancellation);

    /// <summary>For verbs that need somebody who trains and stays.</summary>
    public async Task<Connection> ForServer(CancellationToken cancellation) =>
        await Named(cancellation) ?? await FromFolder(needsWorker: true, null, cancellation) ?? throw new CliException(
            ExitCode.Unreachable,
            $"no server answers at {services.DefaultServer} and no process works on {settings.DataFolder}: "
                + "start one with ./orchestrator dev, name one with --server, or train in this process with sweep submit FILE --embedded");

    /// <summary>For verbs that train in this process; a process that already trains on the same folder serves as well.</summary>
    public async Task<Connection> ForTraining(LocalStart start, CancellationToken cancellation) =>
        (await FromFolder(needsWorker: true, start, cancellation))!;

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
        return await StartHere(folder, withWorker: true, start, cancellation);
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
        { DataFolderIsNamed: false } when await Answers(services.DefaultServer, cancellation) => new Connection(services.DefaultServer, settings.Token),
        _ => null,
    };

    // A process that starts or ends holds the folder for a moment without an answer: wait for either, within bounds.
    private async Task<Connection?> FromFolder(bool needsWorker, LocalStart? start, CancellationToken cancellation)
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
                return await StartHere(folder, needsWorker, start, cancellation);
            }
            var holder = DataFolderLock.ReadHolder(settings.DataFolder);
            if (holder is not null && (holder.WithWorker || !needsWorker) && await Answers(holder.Url, cancellation))
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

    private async Task<Connection> StartHere(DataFolderLock folder, bool withWorker, LocalStart start, CancellationToken cancellation)
    {
        try
        {
            var options = new EmbeddedOptions(settings.DataFolder, start.Listen, FreePort.Near(start.Port), withWorker, start.Slots, settings.Token);
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
