using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Results.DuckDb;
using Orchestrator.Results.Sql;

namespace Orchestrator.Results.Tests.Sql;

/// <summary>What the database can have, and how it leaves it.</summary>
public sealed class SqlAnswerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-answers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("123456789012345678901234567890::decimal(38,0)")]
    [InlineData("date 'infinity'")]
    [InlineData("date '20000-01-01'")]
    [InlineData("date '-0044-03-15'")]
    [InlineData("timestamp 'infinity'")]
    [InlineData("timestamp '20000-01-01 00:00:00'")]
    [InlineData("time '24:00:00'")]
    [InlineData("interval '1 month'")]
    [InlineData("union_value(a := 1)")]
    [InlineData("[date 'infinity']")]
    [InlineData("{'a': date 'infinity'}")]
    [InlineData("map {'a': null::double}")]
    [InlineData("repeat('x', 20000000)")]
    [InlineData("repeat('x', 20000000)::blob")]
    [InlineData("[[1, null]]")]
    [InlineData("'101'::bit")]
    public void A_value_that_no_type_here_has_is_given_as_it_is_or_refused_with_the_remedy(string value)
    {
        foreach (var format in new[] { "json", "csv", "arrow" })
        {
            try
            {
                Assert.NotEmpty(Answer($"select {value}", format));
            }
            catch (SqlException refused)
            {
                Assert.Contains("cast it", refused.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("date '2020-01-02'", "\"2020-01-02\"", "2020-01-02")]
    [InlineData("time '12:34:56.5'", "\"12:34:56.5\"", "12:34:56.5")]
    [InlineData("timestamp '2020-01-02 03:04:05'", "\"2020-01-02T03:04:05+00:00\"", "2020-01-02T03:04:05+00:00")]
    [InlineData("[date '2020-01-02', null]", "[\"2020-01-02\",null]", "\"[\"\"2020-01-02\"\",null]\"")]
    [InlineData("{'a': 1, 'b': ['ä', null]}", "{\"a\":1,\"b\":[\"ä\",null]}", "\"{\"\"a\"\":1,\"\"b\"\":[\"\"ä\"\",null]}\"")]
    [InlineData("map {'a': 1.5::double}", "{\"a\":1.5}", "\"{\"\"a\"\":1.5}\"")]
    [InlineData("map {1: {'day': date '2020-01-02'}}", "{\"1\":{\"day\":\"2020-01-02\"}}", "\"{\"\"1\"\":{\"\"day\"\":\"\"2020-01-02\"\"}}\"")]
    [InlineData("'\\x00\\xFF'::blob", "\"AP8=\"", "AP8=")]
    [InlineData("170141183460469231731687303715884105727::hugeint", "170141183460469231731687303715884105727", "170141183460469231731687303715884105727")]
    [InlineData("-170141183460469231731687303715884105727::hugeint", "-170141183460469231731687303715884105727", "-170141183460469231731687303715884105727")]
    [InlineData("[18446744073709551616::hugeint]", "[18446744073709551616]", "[18446744073709551616]")]
    [InlineData("0.1::decimal(3,1)", "0.1", "0.1")]
    [InlineData("'nan'::double", "null", "")]
    public void A_value_is_written_as_json_and_csv_have_it(string value, string json, string csv)
    {
        var table = JsonSerializer.Deserialize<Table>(Answer($"select {value} as value", "json"), Json.Options)!;
        Assert.Equal(json, JsonSerializer.Serialize(table.Rows[0][0], Json.Options));
        Assert.Equal($"value\n{csv}\n", Answer($"select {value} as value", "csv"));
        Assert.NotEmpty(Answer($"select {value} as value", "arrow"));
    }

    [Fact]
    public void A_document_has_no_more_rows_than_asked_for_and_says_whether_there_are_more()
    {
        foreach (var (most, count, more) in new[] { (0, 0, true), (2, 2, true), (3, 3, false), (4, 3, false) })
        {
            var table = JsonSerializer.Deserialize<Table>(Answer("select range as a, 'x' as b from range(3)", "json", most), Json.Options)!;
            Assert.Equal((count, more), (table.Rows.Count, table.Truncated));
            Assert.Equal([new TableColumn("a", "bigint"), new TableColumn("b", "varchar")], table.Columns);
        }
    }

    [Theory]
    [InlineData("json")]
    [InlineData("csv")]
    [InlineData("arrow")]
    [InlineData("parquet")]
    public void A_query_that_fails_half_way_has_no_answer(string format) => Assert.Contains(
        "half way",
        Assert.Throws<SqlException>(() => Answer("select case when range = 900000 then error('half way') else 'x' end from range(1000000)", format)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void An_unknown_table_is_answered_with_those_there_are() => Assert.Equal(
        "table layers does not exist: there are runs, heads, pairs, curves, terms, layer_terms, circuits, superposition, features",
        Assert.Throws<SqlException>(() => Answer("select * from layers", "json")).Message);

    [Fact]
    public void Who_wants_too_much_memory_hears_no_advice_that_is_refused()
    {
        var told = Assert.Throws<SqlException>(() => Answer("select list(a.range || '-' || b.range) from range(100000) a, range(1000) b", "json")).Message;

        Assert.StartsWith("Out of Memory Error", told, StringComparison.Ordinal);
        Assert.EndsWith("take less", told, StringComparison.Ordinal);
        Assert.DoesNotContain("SET ", told, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', told);
    }

    [Fact]
    public void A_number_beyond_the_doubles_is_refused_and_a_long_sum_is_read()
    {
        using var connection = Databases.Open(256);
        Assert.Contains("'inf'", Assert.Throws<SqlException>(() => SqlText.Tables(connection, "select 1e400::double from runs")).Message, StringComparison.Ordinal);
        Assert.Equal(["runs"], SqlText.Tables(connection, $"select {string.Join(" + ", Enumerable.Repeat("seed", 100))} from runs"));
    }

    private string Answer(string sql, string format, int most = 1_000_000)
    {
        var path = Path.Combine(_folder, "answer");
        var limits = new SqlLimits(TimeSpan.FromSeconds(50), 512);
        var bound = new CancellationTokenSource(limits.Time);
        using var answer = new SqlAnswer(Databases.Open(limits.MemoryMegabytes), sql, [], limits, bound, CancellationToken.None);
        AnswerFormats.Write(answer, format, most, path);
        return File.ReadAllText(path);
    }
}
