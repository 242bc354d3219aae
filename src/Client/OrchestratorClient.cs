using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Client;

/// <summary>
/// The HTTP interface of an orchestrator as typed calls. A sweep is named by its id, a unique prefix of it, or <c>last</c> for
/// the newest; a run by its id or a unique prefix.
/// </summary>
/// <remarks>
/// Every call throws <see cref="ServerUnreachableException"/> where nobody answers and <see cref="ServerErrorException"/> where
/// the server refuses: 400 for what is malformed, 401 and 403 without a token that allows it, 404 for an unknown name, 409 for
/// a name that is not unique or a state that does not allow the call. Times are UTC, durations seconds, losses nats.
/// </remarks>
/// <param name="http">Sends the requests. Its <see cref="HttpClient.BaseAddress"/> is the server's, ending with a slash; a token goes into its authorization header. The caller disposes it.</param>
public sealed class OrchestratorClient(HttpClient http)
{
    private const string Prefix = "api/v1/";
    private readonly Transport _transport = new(http);

    /// <summary>An <see cref="HttpClient"/> for <see cref="OrchestratorClient(HttpClient)"/>; connecting gives up after five seconds.</summary>
    /// <param name="server">The server's address, with or without a slash at its end.</param>
    /// <param name="token">Sent as a bearer token, or null.</param>
    /// <param name="first">Sees every request before it is sent, or null.</param>
    public static HttpClient CreateHttp(Uri server, string? token, DelegatingHandler? first = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        var address = new UriBuilder(server) { Path = server.AbsolutePath.TrimEnd('/') + "/", Query = "", Fragment = "" }.Uri;
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), UseProxy = !address.IsLoopback };
        if (first is not null)
        {
            first.InnerHandler = handler;
        }
        var http = new HttpClient((HttpMessageHandler?)first ?? handler) { BaseAddress = address };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        return http;
    }

    /// <summary>Where the server is.</summary>
    public Uri Address => http.BaseAddress ?? throw new InvalidOperationException("the HttpClient has no BaseAddress: set it to the server's address");

    /// <summary>All sweeps, newest first.</summary>
    public Task<IReadOnlyList<SweepSummary>> ListSweeps(CancellationToken cancellation = default) =>
        _transport.Get<IReadOnlyList<SweepSummary>>(Prefix + "sweeps", cancellation);

    /// <summary>Starts a sweep. The same document submitted twice is the same sweep. Text files that it names must have been uploaded (<see cref="UploadFile"/>).</summary>
    /// <param name="document">The resolved sweep document.</param>
    /// <param name="cancellation">Gives up waiting; the sweep may exist all the same.</param>
    public Task<SubmitResult> Submit(JsonObject document, CancellationToken cancellation = default) =>
        _transport.Post<SubmitResult>(Prefix + "sweeps", new SubmitRequest(document), cancellation);

    /// <summary>What <see cref="Submit"/> would do, without doing it.</summary>
    public Task<PlanResult> Plan(JsonObject document, CancellationToken cancellation = default) =>
        _transport.Post<PlanResult>(Prefix + "plan", new SubmitRequest(document), cancellation);

    /// <summary>What a sweep found so far, per point of its grid.</summary>
    public Task<SweepResult> GetSweep(string sweep, CancellationToken cancellation = default) =>
        _transport.Get<SweepResult>(Sweep(sweep), cancellation);

    /// <summary>Where a sweep stands: name, state, counts and time, which costs the server the same however many runs there are.</summary>
    public Task<SweepStatus> GetStatus(string sweep, CancellationToken cancellation = default) =>
        _transport.Get<SweepStatus>(Sweep(sweep, "/status"), cancellation);

    /// <summary>How far a sweep is.</summary>
    public Task<SweepProgress> GetProgress(string sweep, CancellationToken cancellation = default) =>
        _transport.Get<SweepProgress>(Sweep(sweep, "/progress"), cancellation);

    /// <summary>How a sweep's metrics move over training steps.</summary>
    public Task<SweepTrajectory> GetTrajectory(string sweep, CancellationToken cancellation = default) =>
        _transport.Get<SweepTrajectory>(Sweep(sweep, "/trajectory"), cancellation);

    /// <summary>Ends a sweep; completed runs keep their results. A sweep that has ended stays as it is.</summary>
    public Task<SweepSummary> CancelSweep(string sweep, CancellationToken cancellation = default) =>
        _transport.Post<SweepSummary>(Sweep(sweep, "/cancel"), null, cancellation);

    /// <summary>Measures the stored snapshots of a sweep's completed runs again if they lack metrics, without training. Asked again, it does what is left.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="measures">Measures that it wants besides those it has (<see cref="Contracts.Metrics.Measures.Names"/>), or null.</param>
    /// <param name="cancellation">Gives up waiting for the answer; measuring goes on.</param>
    public Task<MeasureResult> MeasureSweep(string sweep, IReadOnlyList<string>? measures = null, CancellationToken cancellation = default) =>
        _transport.Post<MeasureResult>(Sweep(sweep, "/measure"), new MeasureRequest(measures), cancellation);

    /// <summary>Makes the Parquet projection of a sweep again from its facts, and waits for it.</summary>
    public Task<RebuildResult> RebuildResults(string sweep, CancellationToken cancellation = default) =>
        _transport.Post<RebuildResult>(Sweep(sweep, "/projection"), null, cancellation);

    /// <summary>The runs of a sweep by index, without their attempts; asked for page by page.</summary>
    public async Task<IReadOnlyList<RunDetail>> ListRuns(string sweep, CancellationToken cancellation = default)
    {
        var runs = new List<RunDetail>();
        await foreach (var run in StreamRuns(sweep, cancellation))
        {
            runs.Add(run);
        }
        return runs;
    }

    /// <summary>The same one by one, so that a million of them need no room.</summary>
    public async IAsyncEnumerable<RunDetail> StreamRuns(string sweep, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        string? after = null;
        do
        {
            var page = await GetRuns(sweep, after, cancellation: cancellation);
            foreach (var run in page.Runs)
            {
                yield return run;
            }
            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>A page of the same.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="after">What an earlier page named as its next; null for the first.</param>
    /// <param name="limit">Runs at most; null for the server's usual number (1,000).</param>
    /// <param name="where">Keeps the runs for which this expression holds, over their configuration, state and results; null for all. A page of it may have fewer runs, and yet a next one.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public async Task<RunPage> GetRuns(string sweep, string? after = null, int? limit = null, string? where = null, CancellationToken cancellation = default)
    {
        var (runs, next) = await _transport.GetPage<IReadOnlyList<RunDetail>>(Sweep(sweep, "/runs") + Query(("where", where), ("limit", limit?.ToString(CultureInfo.InvariantCulture)), ("after", after)), cancellation);
        return new RunPage(runs, next);
    }

    /// <summary>One run with its attempts.</summary>
    public Task<RunDetail> GetRun(string run, CancellationToken cancellation = default) =>
        _transport.Get<RunDetail>(Run(run), cancellation);

    /// <summary>One head of a run over its snapshots.</summary>
    public Task<HeadView> GetHead(string run, int layer, int head, CancellationToken cancellation = default) =>
        _transport.Get<HeadView>(string.Create(CultureInfo.InvariantCulture, $"{Run(run)}/heads/{layer}.{head}"), cancellation);

    /// <summary>Ends a run. A run that has ended stays as it is.</summary>
    public Task<RunDetail> CancelRun(string run, CancellationToken cancellation = default) =>
        _transport.Post<RunDetail>(Run(run) + "/cancel", null, cancellation);

    /// <summary>The snapshots of a run by step.</summary>
    public Task<IReadOnlyList<RunSnapshot>> ListSnapshots(string run, CancellationToken cancellation = default) =>
        _transport.Get<IReadOnlyList<RunSnapshot>>(Run(run) + "/snapshots", cancellation);

    /// <summary>What control plane and workers wrote about a run, the newest 1,000 lines in the order of their times; kept when the workers are gone.</summary>
    public Task<IReadOnlyList<RunLogLine>> GetRunLogs(string run, CancellationToken cancellation = default) =>
        _transport.Get<IReadOnlyList<RunLogLine>>(Run(run) + "/logs", cancellation);

    /// <summary>Copies an artifact of a run: the weights of one of its snapshots (safetensors, TransformerLens' names), or a text file it was trained on.</summary>
    /// <param name="run">The run.</param>
    /// <param name="sha256">Lower-case hexadecimal SHA-256 of the content. What arrives is held against it; other content throws <see cref="ServerErrorException"/>.</param>
    /// <param name="destination">Where to write; holds a part of the content where the call throws.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task DownloadArtifact(string run, string sha256, Stream destination, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var path = Run(run) + "/artifacts/" + Segment(sha256);
        var (status, arrived) = await _transport.Download(path, destination, cancellation);
        if (arrived != sha256)
        {
            throw new ServerErrorException(status, "damaged on the way", $"artifact {sha256} of run {run} arrived with SHA-256 {arrived}: ask again");
        }
    }

    /// <summary>Who composes with whom over the seeds of a sweep's groups, at one of the snapshots.</summary>
    public Task<SweepComposition> GetSweepComposition(string sweep, int step, CancellationToken cancellation = default) =>
        _transport.Get<SweepComposition>(Sweep(sweep, $"/composition?step={step.ToString(CultureInfo.InvariantCulture)}"), cancellation);

    /// <summary>Two groups of a sweep against each other, by their numbers, whatever axes they differ in.</summary>
    public Task<IReadOnlyList<GroupComparison>> GetComparison(string sweep, int first, int second, CancellationToken cancellation = default) =>
        _transport.Get<IReadOnlyList<GroupComparison>>(Sweep(sweep, string.Create(CultureInfo.InvariantCulture, $"/comparison?first={first}&second={second}")), cancellation);

    /// <summary>What a sweep shows: groups, runs, circuits, comparisons, and the sentences that they support.</summary>
    public Task<SweepFindings> GetFindings(string sweep, CancellationToken cancellation = default) => _transport.Get<SweepFindings>(Sweep(sweep, "/findings"), cancellation);

    /// <summary>What every head of a run attends to, over one held-out sequence.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">The snapshot; null for the newest.</param>
    /// <param name="sequence">Number of the sequence, from 0.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public Task<IReadOnlyList<PatternPicture>> GetPatterns(string run, int? step = null, int sequence = 0, CancellationToken cancellation = default) =>
        _transport.Get<IReadOnlyList<PatternPicture>>(Run(run) + "/patterns" + Query(("step", step?.ToString(CultureInfo.InvariantCulture)), ("sequence", sequence.ToString(CultureInfo.InvariantCulture))), cancellation);

    /// <summary>The ends of one head's circuits between tokens.</summary>
    /// <param name="run">The run.</param>
    /// <param name="layer">The head's layer, from 0.</param>
    /// <param name="head">Its number there, from 0.</param>
    /// <param name="step">The snapshot; null for the newest.</param>
    /// <param name="most">Entries of either end, at most <see cref="HeadCircuits.MostEntries"/>.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public Task<HeadCircuits> GetHeadCircuits(string run, int layer, int head, int? step = null, int most = HeadCircuits.UsualEntries, CancellationToken cancellation = default) =>
        _transport.Get<HeadCircuits>(
            string.Create(CultureInfo.InvariantCulture, $"{Run(run)}/heads/{layer}.{head}/circuits") + Query(("step", step?.ToString(CultureInfo.InvariantCulture)), ("most", most.ToString(CultureInfo.InvariantCulture))), cancellation);

    /// <summary>How the metrics of a run move over training, as far as it was measured.</summary>
    public Task<RunCurve> GetCurve(string run, CancellationToken cancellation = default) => _transport.Get<RunCurve>(Run(run) + "/curve", cancellation);

    /// <summary>One section of what was measured of a run, such as <c>superposition</c>, <c>features</c> or <c>token_losses</c>; no rows if it was not.</summary>
    /// <param name="run">The run.</param>
    /// <param name="section">Name of the section.</param>
    /// <param name="step">The snapshot; null for every one.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public Task<RunMetrics> GetMetrics(string run, string section, int? step = null, CancellationToken cancellation = default) =>
        _transport.Get<RunMetrics>(Run(run) + "/metrics/" + Segment(section) + Query(("step", step?.ToString(CultureInfo.InvariantCulture))), cancellation);

    /// <summary>Who composes with whom in a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">The snapshot; null for the newest.</param>
    /// <param name="most">Strongest pairs of each kind of composition, at most <see cref="RunComposition.MostPairs"/>.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public Task<RunComposition> GetComposition(string run, int? step = null, int most = RunComposition.UsualPairs, CancellationToken cancellation = default) =>
        _transport.Get<RunComposition>(Run(run) + "/composition" + Query(("step", step?.ToString(CultureInfo.InvariantCulture)), ("most", most.ToString(CultureInfo.InvariantCulture))), cancellation);

    /// <summary>Metrics of every head as rows.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="at"><c>final</c> (the default), <c>all</c>, <c>transition</c> or a step.</param>
    /// <param name="where">Keeps the rows for which this expression holds, or null for all.</param>
    /// <param name="after">What an earlier answer named as its <see cref="Table.Next"/>; null for the first.</param>
    /// <param name="limit">Rows at most; null for the server's usual number (1,000).</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public Task<Table> GetHeads(string sweep, string? at = null, string? where = null, string? after = null, int? limit = null, CancellationToken cancellation = default) =>
        _transport.Get<Table>(Sweep(sweep, "/heads") + Query(("at", at), ("where", where), ("after", after), ("limit", limit?.ToString(CultureInfo.InvariantCulture))), cancellation);

    /// <summary>Metrics of heads aggregated over seeds, with n and 95% intervals.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="groupBy">Axis paths, <c>layer</c>, <c>head</c>; at least one.</param>
    /// <param name="at"><c>final</c> (the default), <c>all</c>, <c>transition</c> or a step.</param>
    /// <param name="where">Keeps the rows for which this expression holds, or null for all.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public Task<SweepResult> GetHeadGroups(
        string sweep, IReadOnlyList<string> groupBy, string? at = null, string? where = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(groupBy);
        ArgumentOutOfRangeException.ThrowIfZero(groupBy.Count);
        var query = Query(("at", at), ("group_by", string.Join(',', groupBy)), ("where", where));
        return _transport.Get<SweepResult>(Sweep(sweep, "/heads") + query, cancellation);
    }

    /// <summary>The rows of one SELECT over the result tables (<see cref="Contracts.Tables.ResultTables"/>).</summary>
    /// <param name="sql">The query.</param>
    /// <param name="most">Rows at most; null for as many as the server gives (100,000). <see cref="Table.Truncated"/> says whether there are more.</param>
    /// <param name="cancellation">Ends the query.</param>
    public Task<Table> Query(string sql, int? most = null, CancellationToken cancellation = default) =>
        _transport.Get<Table>(Prefix + "query" + Query(("sql", sql), ("limit", most?.ToString(CultureInfo.InvariantCulture))), cancellation);

    /// <summary>All rows of one SELECT, as a file.</summary>
    /// <param name="sql">The query.</param>
    /// <param name="format"><c>csv</c>, <c>parquet</c>, <c>arrow</c> (an IPC stream) or <c>json</c>.</param>
    /// <param name="destination">Where to write; holds a part of the answer where the call throws.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task QueryAs(string sql, string format, Stream destination, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        await _transport.Download(Prefix + "query" + Query(("sql", sql), ("format", format)), destination, cancellation);
    }

    /// <summary>Whether the server has a text file.</summary>
    /// <param name="sha256">Lower-case hexadecimal SHA-256 of the content.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public async Task<bool> HasFile(string sha256, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, File(sha256));
        return await _transport.Send(request, [HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.NotFound], cancellation) != HttpStatusCode.NotFound;
    }

    /// <summary>Stores a text file under its content hash; the server refuses a body that does not match it. Storing it again is free.</summary>
    /// <param name="sha256">Lower-case hexadecimal SHA-256 of the content.</param>
    /// <param name="content">The content, read to its end; the caller disposes it.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    public async Task UploadFile(string sha256, Stream content, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, File(sha256)) { Content = new StreamContent(content) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        await _transport.Send(request, [HttpStatusCode.OK, HttpStatusCode.Created, HttpStatusCode.NoContent], cancellation);
    }

    /// <summary>The workers that the control plane knows.</summary>
    public Task<IReadOnlyList<WorkerSummary>> ListWorkers(CancellationToken cancellation = default) =>
        _transport.Get<IReadOnlyList<WorkerSummary>>(Prefix + "workers", cancellation);

    /// <summary>The broker's queues, as the server saw them last; none where there is no broker.</summary>
    public Task<IReadOnlyList<QueueSummary>> ListQueues(CancellationToken cancellation = default) =>
        _transport.Get<IReadOnlyList<QueueSummary>>(Prefix + "queues", cancellation);

    /// <summary>What the server is; also the way to tell an orchestrator from another program on the same port.</summary>
    public Task<VersionInfo> GetVersion(CancellationToken cancellation = default) =>
        _transport.Get<VersionInfo>(Prefix + "version", cancellation);

    /// <summary>Whether the server takes work now; false while it starts or when one of its parts is down.</summary>
    public Task<bool> IsReady(CancellationToken cancellation = default) => IsHealthy("health/ready", cancellation);

    /// <summary>Whether the server's process is up.</summary>
    public Task<bool> IsLive(CancellationToken cancellation = default) => IsHealthy("health/live", cancellation);

    private async Task<bool> IsHealthy(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await _transport.Send(request, [HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable], cancellation) == HttpStatusCode.OK;
    }

    private static string Sweep(string sweep, string rest = "") => Prefix + "sweeps/" + Segment(sweep) + rest;

    private static string Run(string run) => Prefix + "runs/" + Segment(run);

    private static string File(string sha256) => Prefix + "files/" + Segment(sha256);

    // An empty name would silently address the collection, and dots would walk up the path.
    private static string Segment(string name) => string.IsNullOrWhiteSpace(name) || name.Trim('.').Length == 0
        ? throw new ArgumentException($"'{name}' is no id: give an id or a unique prefix of one", nameof(name))
        : Uri.EscapeDataString(name);

    private static string Query(params IReadOnlyList<(string Name, string? Value)> parameters)
    {
        var given = parameters.Where(p => p.Value is not null).Select(p => p.Name + "=" + Uri.EscapeDataString(p.Value!)).ToList();
        return given.Count == 0 ? "" : "?" + string.Join('&', given);
    }
}
