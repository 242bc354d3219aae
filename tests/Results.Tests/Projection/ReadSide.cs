using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Findings;
using Orchestrator.Results.Heads;
using Orchestrator.Results.Projection;
using Orchestrator.Results.Sql;
using Orchestrator.Results.Sweeps;
using Orchestrator.Specification;
using Orchestrator.Storage;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Documents;
using Orchestrator.Storage.Facts;
using Orchestrator.Storage.States;

namespace Orchestrator.Results.Tests.Projection;

/// <summary>The read side over a database and a folder of artifacts, and a sweep whose runs end when a test says so.</summary>
internal sealed class ReadSide : IAsyncDisposable
{
    public static readonly Sweep Specification = SweepFile.Parse(
        """
        name: projected
        model: { layers: 2, heads: 2, d_model: 16, n_ctx: 32 }
        data: { kind: repeated-segments, vocab: 32, segment: [4, 8] }
        train: { steps: 100, batch: 32 }
        snapshots: { every: 50 }
        measure: [heads, composition, terms, in-context-learning]
        seeds: 0..9
        grid: { model.layers: [1, 2] }
        """,
        "sweep.yaml").Value!.Sweep;

    private readonly string _folder;
    private readonly ServiceProvider _services;
    private readonly bool _owns;
    private int _writes;

    private ReadSide(string folder, bool owns, ProjectionOptions? options, Func<IArtifactStore, IArtifactStore>? artifacts)
    {
        (_folder, _owns) = (folder, owns);
        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System);
        services.AddSqliteStorage(Path.Combine(folder, "state.db"));
        var store = new ArtifactFolder(Artifacts);
        services.AddSingleton(artifacts is null ? store : artifacts(store));
        services.AddResults().AddProjection(options ?? new ProjectionOptions { Snapshots = 1, SnapshotsAtTheEnd = 1, SegmentRows = 200, SmallSegments = 2, Retirement = TimeSpan.Zero });
        _services = services.BuildServiceProvider();
    }

    public string Artifacts => Path.Combine(_folder, "artifacts");

    public string[] Segments => Directory.Exists(Artifacts) ? Directory.GetFiles(Artifacts, "*", SearchOption.AllDirectories) : [];

    /// <summary>Whether runs end with the finals of their vectors, as real ones do; else with any.</summary>
    public bool ReadsFinals { get; set; }

    public async Task<SweepResult> Result() => await _services.GetRequiredService<SweepResults>().Of(await Sweep(), TestContext.Current.CancellationToken);

    public async Task<SweepTrajectory> Trajectory() => await _services.GetRequiredService<Trajectories>().Of(await Sweep(), TestContext.Current.CancellationToken);

    public async Task<Table> Query(string sql)
    {
        using var answer = await new SqlQueries(_services.GetRequiredService<SqlTables>()).Run(sql, SqlLimits.Default, TestContext.Current.CancellationToken);
        return answer.Read(100_000);
    }

    public Projector Projector => _services.GetRequiredService<Projector>();

    public static async Task<ReadSide> Start(ProjectionOptions? options = null, Func<IArtifactStore, IArtifactStore>? artifacts = null)
    {
        var side = new ReadSide(Directory.CreateTempSubdirectory("orchestrator-results-").FullName, true, options, artifacts);
        await side.Write(rows => rows.Sweeps.Add(Row));
        return side;
    }

    /// <summary>Another process on the same database and artifacts.</summary>
    public ReadSide Beside(Func<IArtifactStore, IArtifactStore>? artifacts = null) => new(_folder, false, null, artifacts);

    public Task BringUp() => Projector.BringUp(Specification.Id, TestContext.Current.CancellationToken);

    public async Task<SweepRow> Sweep() => (await _services.GetRequiredService<ICatalogue>().Sweep(Specification.Id))!;

    /// <summary>Runs reach a state; completed ones leave vectors of their own.</summary>
    public Task Set(RunState state, int seed, params int[] indices) => Write(rows =>
    {
        var random = new Random(seed);
        foreach (var index in indices)
        {
            var run = Specification.RunAt(index);
            var finals = state == RunState.Completed ? FinalsOf(random) : null;
            var facts = new List<FactRow>();
            foreach (var step in state == RunState.Completed ? Specification.PlanFor(run).SnapshotSteps : [])
            {
                var vector = MetricVector.Undefined(MetricLayout.For(run.Model, Specification.PlanFor(run).Measures));
                for (var i = 0; i < vector.Values.Length; i++)
                {
                    vector.Values[i] = random.Next(8) == 0 ? float.NaN : random.NextSingle();
                }
                facts.Add(new FactRow(Specification.RunIdAt(index), step, Versions.Metrics, vector.Layout.Length == 0 ? [] : [.. Specification.PlanFor(run).Measures], 1, "w", vector.ToBytes()));
            }
            rows.Facts.AddRange(facts);
            rows.Runs.Add(new RunRow
            {
                SweepId = Specification.Id,
                Index = index,
                RunId = Specification.RunIdAt(index),
                State = state,
                Attempt = 1,
                Finals = finals is not null && ReadsFinals ? RunFinalsReader.Read(run, Specification.PlanFor(run), facts) : finals,
            });
        }
    });

    /// <summary>Every row of every table of snapshots, through the segments.</summary>
    public Task<string> Answers() => Answers(_services.GetRequiredService<SqlTables>());

    /// <summary>Every row of heads, where something happens between two readings of the question.</summary>
    public Task<string> HeadsWhile(Func<Task> happens) => Answers("heads", new SqlTables(
        _services.GetRequiredService<Tables.TableRows>(), new BusyCatalogue(_services.GetRequiredService<ICatalogue>(), happens), _services.GetRequiredService<ProjectionBook>(),
        _services.GetRequiredService<SegmentFiles>(), _services.GetRequiredService<DamagedProjections>()));

    /// <summary>The same from the facts alone.</summary>
    public Task<string> Facts() => Answers(new SqlTables(
        _services.GetRequiredService<Tables.TableRows>(), _services.GetRequiredService<ICatalogue>(), ActivatorUtilities.CreateInstance<ProjectionBook>(_services, new NoDocuments()),
        _services.GetRequiredService<SegmentFiles>(), _services.GetRequiredService<DamagedProjections>()));

    /// <summary>Everything that is said of the sweep, but how long it has taken.</summary>
    public async Task<string> Said()
    {
        var (sweep, cancellation) = (await Sweep(), TestContext.Current.CancellationToken);
        object[] said =
        [
            (await _services.GetRequiredService<SweepResults>().Of(sweep, cancellation)) with { ElapsedSeconds = 0 },
            await _services.GetRequiredService<FindingsReader>().Of(sweep, cancellation) is var findings ? findings with { Result = findings.Result with { ElapsedSeconds = 0 } } : findings,
            await _services.GetRequiredService<Trajectories>().Of(sweep, cancellation),
            (await _services.GetRequiredService<HeadTables>().Grouped(sweep, "final", ["layer", "role"], null, cancellation)) with { ElapsedSeconds = 0 },
            (await _services.GetRequiredService<HeadTables>().Grouped(sweep, "final", ["model.layers"], null, cancellation)) with { ElapsedSeconds = 0 },
        ];
        return string.Join('\n', said.Select(document => JsonSerializer.Serialize(document, Json.Options)));
    }

    public IReadOnlyList<string> Damaged() => _services.GetRequiredService<DamagedProjections>().Take();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (_owns)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static async Task<string> Answers(SqlTables tables)
    {
        var answers = new List<string>();
        foreach (var table in new[] { "heads", "pairs", "curves", "terms", "circuits" })
        {
            answers.Add(await Answers(table, tables));
        }
        return string.Join('\n', answers);
    }

    private static async Task<string> Answers(string table, SqlTables tables)
    {
        using var answer = await new SqlQueries(tables).Run($"select * from {table} order by all", SqlLimits.Default, TestContext.Current.CancellationToken);
        return string.Join('\n', answer.Read(100_000).Rows.Select(row => $"{table} {JsonSerializer.Serialize(row)}"));
    }

    private static RunFinals FinalsOf(Random random)
    {
        // The transition: never, at the first snapshot, or between two.
        var (after, by) = random.Next(4) switch { 0 => ((int?)null, 100), 1 => (null, 0), 2 => (0, 50), _ => (50, 100) };
        return new()
        {
            Metrics = new Dictionary<string, double> { ["final_loss"] = random.NextDouble(), ["icl_score"] = -random.NextDouble(), ["prefix_matching_max"] = random.NextDouble() },
            InductionHeads = random.Next(3),
            TransitionAfter = after,
            TransitionBy = by,
            TransitionStep = by == 0 ? 0 : after is { } from ? from + 50 * random.NextDouble() : null,
        };
    }

    private static SweepRow Row => new(Specification.Id, "projected", SweepState.Running, null, 0, (int)Specification.Count, DateTimeOffset.UnixEpoch, null, Specification.Document.ToJsonString());

    private Task Write(Action<RowSet> rows) =>
        _services.GetRequiredService<GroupCommitGrainStorage>().WriteStateAsync("state", GrainId.Create("test", $"{Guid.NewGuid():N}-{_writes++}"), new GrainState<Listing>(new Listing { Rows = rows }));

    private sealed class NoDocuments : ISharedDocuments
    {
        public Task<IReadOnlyList<SharedDocument?>> Read(string kind, IReadOnlyList<string> keys) => Task.FromResult<IReadOnlyList<SharedDocument?>>(new SharedDocument?[keys.Count]);

        public Task<bool> Replace(string kind, string key, SharedDocument? read, byte[] content) => throw new NotSupportedException();
    }

    private sealed class Listing : IListed
    {
        internal Action<RowSet> Rows { get; init; } = _ => { };

        public void Collect(RowSet rows) => Rows(rows);
    }
}
