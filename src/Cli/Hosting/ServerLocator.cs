using Orchestrator.Cli.CommandLine;

namespace Orchestrator.Cli.Hosting;

/// <summary>
/// Finds the server that a verb talks to: the one that was named; else the one at the default address (unless a data folder
/// was named); else the process that works on the data folder; else, for verbs that may, a control plane in this process.
/// </summary>
internal sealed class ServerLocator(CliServices services, ServerSettings settings)
{
    private readonly DataFolder _folder = new(services, settings);

    /// <summary>For verbs that read: any server will do, and without one the data folder is opened here, for reading only.</summary>
    public async Task<Connection> ForReading(CancellationToken cancellation) => await Server(cancellation) ?? await _folder.Read(cancellation);

    /// <summary>For verbs that end what is there: without a server the data folder is opened here, without a worker.</summary>
    public async Task<Connection> ForChanging(CancellationToken cancellation)
    {
        if (await Server(cancellation) is { } server)
        {
            return server;
        }
        RequireSweeps();
        return await _folder.Open(Purpose.Changing, new LocalStart(0), cancellation);
    }

    /// <summary>For verbs that list what there is; null, with a word about it, if nobody has worked in the folder yet.</summary>
    public async Task<Connection?> ForListing(CancellationToken cancellation)
    {
        if (await Server(cancellation) is { } server)
        {
            return server;
        }
        if (_folder.Lacking() is { } lacking && !_folder.IsMistaken)
        {
            services.Terminal.Note($"no sweep yet: {lacking}{(settings.DataFolderIsNamed ? "" : $", and no server answers at {services.DefaultServer}")}");
            return null;
        }
        return await _folder.Read(cancellation);
    }

    /// <summary>For verbs that only ask what would be in a folder, which need not exist: if nobody has worked in it yet, nothing is left there.</summary>
    public async Task<Connection> ForPlanning(CancellationToken cancellation) =>
        await Server(cancellation) ?? (_folder.Lacking() is null ? await _folder.Read(cancellation) : await _folder.Temporary(cancellation));

    /// <summary>Refuses a data folder without sweeps, for verbs that need one.</summary>
    public void RequireSweeps() => _folder.RequireSweeps();

    /// <summary>The server that was named, or that answers at the default address unless a data folder was named; else null.</summary>
    public async Task<Connection?> Server(CancellationToken cancellation) => settings switch
    {
        { Explicit: { } address } => new Connection(address, settings.Token),
        { DataFolderIsNamed: false } when await Answers(services.DefaultServer, cancellation) => AtDefault(),
        _ => null,
    };

    /// <summary>For verbs that need somebody who trains and stays.</summary>
    public async Task<Connection> ForServer(CancellationToken cancellation) =>
        await Server(cancellation) ?? await _folder.Trained(cancellation) ?? throw new CliException(
            ExitCode.Unreachable,
            $"no server answers at {services.DefaultServer} and no process works on {settings.DataFolder}: "
                + "start one with ./orchestrator dev, name one with --server, or train in this process with sweep submit FILE --embedded");

    /// <summary>For verbs that train in this process; a process that already trains on the same folder serves as well.</summary>
    public Task<Connection> ForTraining(LocalStart start, CancellationToken cancellation) => _folder.Open(Purpose.Training, start, cancellation);

    /// <summary>For <c>dev</c>: this process and no other.</summary>
    public Task<Connection> Own(LocalStart start, CancellationToken cancellation) => _folder.Own(start, cancellation);

    /// <summary>Whether an orchestrator answers there.</summary>
    public Task<bool> Answers(Uri address, CancellationToken cancellation) => new ServerProbe(services.Clock, settings.Token).Answers(address, cancellation);

    /// <summary>The server that nobody named; says so if the folder here has sweeps of its own.</summary>
    private Connection AtDefault()
    {
        if (_folder.Lacking() is null && !_folder.IsServedAt(services.DefaultServer))
        {
            services.Terminal.Note($"asking the server at {services.DefaultServer}, not {settings.DataFolder}, which holds sweeps of its own: name one with --server or --data");
        }
        return new Connection(services.DefaultServer, settings.Token);
    }
}
