using Apache.Arrow;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Client;
using Orchestrator.Contracts.Tables;
using Orchestrator.Results.Sql;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>SQL over what a sweep has left.</summary>
public sealed class QueryTests(QueryTests.Trained trained) : IClassFixture<QueryTests.Trained>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private OrchestratorClient Client => trained.Cluster.Client;

    public static TheoryData<string> Questions => [.. ResultQuestions.All.Select(question => question.Question)];

    [Theory, MemberData(nameof(Questions))]
    public async Task Every_question_of_the_help_has_an_answer(string question)
    {
        var answer = await Client.Query(ResultQuestions.All.Single(q => q.Question == question).Sql, cancellation: Cancellation);

        Assert.NotEmpty(answer.Columns);
        Assert.False(answer.Truncated);
    }

    [Fact]
    public async Task The_tables_hold_the_runs_and_snapshots_of_the_sweep()
    {
        Assert.Equal("[[1,3,0],[2,3,1]]", await Rows(ResultQuestions.All[0].Sql)); // one layer never crosses, two always do
        Assert.Equal("[[18446744073709551615]]", await Rows("select max(seed) from runs")); // no double on the way
        Assert.Equal("[[54,3,[0,50,100]]]", await Rows("select count(*), count(distinct run) filter (where layer = 1), list(distinct step order by step) from heads"));
        Assert.Equal("[[false,3],[true,3]]", await Rows("select transition_censored, count(*) from runs group by all order by all"));
        Assert.Equal("[[\"induction_layer\",0]]", await Rows("select 'induction_layer', min(induction_layer) from circuits where step = 100"));
        foreach (var table in ResultTables.All)
        {
            var columns = (await Client.Query($"select * from {table.Name}", 0, Cancellation)).Columns.Select(column => column.Name).ToArray();
            Assert.Equal(table.Columns.Select(column => column.Name), columns.Take(table.Columns.Count));
        }
    }

    [Fact]
    public async Task What_is_not_measured_or_not_finite_is_null_and_no_number()
    {
        Assert.Equal("[[null]]", await Rows("select max(ov_copying) from heads"));
        Assert.Equal("[[null,1]]", await Rows("select 'nan'::double, 1"));
    }

    [Theory]
    [InlineData("", "the query is empty")]
    [InlineData("selec 1", "syntax error")]
    [InlineData("select 1; select 2", "one SELECT at a time")]
    [InlineData("select nothing from runs", "\"nothing\" not found")]
    [InlineData("select * from nowhere", "nowhere does not exist")]
    [InlineData("drop table runs", "only reads")]
    [InlineData("insert into runs select * from runs", "only reads")]
    [InlineData("attach '/tmp/other.db'", "only reads")]
    [InlineData("copy runs to '/tmp/runs.csv'", "only reads")]
    [InlineData("set memory_limit = '64GB'", "only reads")]
    [InlineData("pragma database_list", "only reads")]
    [InlineData("install httpfs", "only reads")]
    [InlineData("select * from read_csv('/etc/passwd')", "disabled")]
    [InlineData("select * from read_text('/etc/passwd')", "disabled")]
    [InlineData("select * from glob('/*')", "disabled")]
    [InlineData("select * from '/etc/passwd'", "does not exist")]
    [InlineData("select * from 'https://example.org/x.parquet'", "cannot access")]
    public async Task What_is_no_reading_of_the_tables_is_refused_with_the_reason(string sql, string reason)
    {
        var refused = await Assert.ThrowsAsync<ServerErrorException>(() => Client.Query(sql, cancellation: Cancellation));

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains(reason, refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_query_that_does_not_end_is_stopped_and_so_is_one_whose_asker_leaves()
    {
        const string Endless = "select count(*) from range(1000000000000) a, range(1000000) b";
        var queries = trained.Cluster.Services.GetRequiredService<SqlQueries>();

        using (var answer = await queries.Run(Endless, new SqlLimits(TimeSpan.FromSeconds(1), 256), Cancellation))
        {
            Assert.Contains("longer than 1 s", Assert.Throws<SqlException>(() => answer.Read(1)).Message, StringComparison.Ordinal);
        }
        using var leaves = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        using (var left = await queries.Run(Endless, SqlLimits.Default, leaves.Token))
        {
            Assert.ThrowsAny<OperationCanceledException>(() => left.Read(1));
        }
    }

    [Theory]
    [InlineData("select 1e400::double")]
    [InlineData("select date 'infinity'")]
    [InlineData("select union_value(a := 1)")]
    [InlineData("select repeat('x', 200000000)")]
    public async Task A_value_that_cannot_be_given_out_is_the_querys_mistake(string sql) =>
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await Assert.ThrowsAsync<ServerErrorException>(() => Client.Query(sql, cancellation: Cancellation))).Status);

    [Fact]
    public async Task Who_finds_no_place_for_a_query_is_told_so_soon_and_when_to_ask_again()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        using var leaves = new CancellationTokenSource();
        var endless = Enumerable.Range(0, 4).Select(_ => http.GetAsync($"api/v1/query?sql={Uri.EscapeDataString("select count(*) from range(100000000000) a(x) where hash(x) = 3")}", leaves.Token)).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);

        using var refused = await http.GetAsync("api/v1/query?sql=select%201", Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter?.Delta);

        await leaves.CancelAsync();
        await Task.WhenAll(endless).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Single((await cluster.Client.Query("select 1", cancellation: Cancellation)).Rows);
    }

    [Fact]
    public async Task A_parameter_that_is_malformed_is_named()
    {
        using var http = OrchestratorClient.CreateHttp(Client.Address, null);
        using var answer = await http.GetAsync("api/v1/query?sql=select%201&limit=x%20y", Cancellation);

        Assert.Equal((System.Net.HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("'limit'", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_that_wants_more_memory_than_it_may_is_refused()
    {
        using var answer = await trained.Cluster.Services.GetRequiredService<SqlQueries>().Run(
            "select count(distinct a.range * 1000003 + b.range) from range(30000) a, range(3000) b", new SqlLimits(TimeSpan.FromSeconds(50), 64), Cancellation);

        Assert.Contains("memory", Assert.Throws<SqlException>(() => answer.Read(1)).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Rows_beyond_the_limit_are_left_out_and_that_is_said()
    {
        var some = await Client.Query("select * from heads order by all", 5, Cancellation);

        Assert.Equal((5, true), (some.Rows.Count, some.Truncated));
    }

    [Fact]
    public async Task Csv_parquet_and_arrow_hold_the_same_rows()
    {
        const string Sql = "select 'test, \"quoted\"' as text, seed, final_loss, transition_step, transition_censored, started is not null as begun, [1.5::double, null] as list from runs order by seed, model_layers -- end";
        var csv = System.Text.Encoding.UTF8.GetString(await File(Sql, "csv")).Split('\n');
        Assert.Equal("text,seed,final_loss,transition_step,transition_censored,begun,list", csv[0]);
        Assert.Equal("\"test, \"\"quoted\"\"\",0,2,,true,true,\"[1.5,null]\"", csv[1]);
        Assert.Equal(6 + 2, csv.Length);

        var path = Path.Combine(trained.Folder, "answer.parquet");
        await System.IO.File.WriteAllBytesAsync(path, await File(Sql, "parquet"), Cancellation);
        using (var duck = new DuckDBConnection("DataSource=:memory:"))
        {
            duck.Open();
            using var command = duck.CreateCommand();
            command.CommandText = "select count(*), max(seed), count(transition_step) from read_parquet($path)";
            command.Parameters.Add(new DuckDBParameter("path", path));
            using var reader = command.ExecuteReader();
            Assert.True(reader.Read());
            Assert.Equal((6L, ulong.MaxValue, 3L), (reader.GetInt64(0), reader.GetFieldValue<ulong>(1), reader.GetInt64(2)));
        }

        using var arrow = new ArrowStreamReader(new MemoryStream(await File(Sql, "arrow")));
        using var batch = await arrow.ReadNextRecordBatchAsync(Cancellation);
        Assert.Equal((6, ulong.MaxValue, 3), (batch.Length, ((UInt64Array)batch.Column("seed")).GetValue(5), batch.Column("transition_step").NullCount));
        Assert.Equal("test, \"quoted\"", ((StringArray)batch.Column("text")).GetString(0));
        Assert.Equal(1.5, ((DoubleArray)((ListArray)batch.Column("list")).Values).GetValue(0));
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.GetTempPath()), file => Path.GetFileName(file).StartsWith("orchestrator-query-", StringComparison.Ordinal));
    }

    private async Task<string> Rows(string sql) => TestSweeps.Json((await Client.Query(sql, cancellation: Cancellation)).Rows);

    private async Task<byte[]> File(string sql, string format)
    {
        using var content = new MemoryStream();
        await Client.QueryAs(sql, format, content, Cancellation);
        return content.ToArray();
    }

    /// <summary>A sweep of six runs that has ended.</summary>
    public sealed class Trained : IAsyncLifetime
    {
        private readonly TestFolder _folder = new();

        internal EmbeddedCluster Cluster { get; private set; } = null!;

        internal string Folder => _folder.Path;

        public async ValueTask InitializeAsync()
        {
            Cluster = await EmbeddedCluster.Start(Folder, new ScriptedRunner());
            var sweep = await Cluster.Client.Submit(
                TestSweeps.Document(seeds: "[0, 1, 18446744073709551615]", measure: "heads, composition, terms, in-context-learning"), Cancellation);
            await Cluster.Client.Ended(sweep.Id);
        }

        public async ValueTask DisposeAsync()
        {
            await Cluster.DisposeAsync();
            _folder.Dispose();
        }
    }
}
