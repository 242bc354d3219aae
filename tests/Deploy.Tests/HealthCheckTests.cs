using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Orchestrator.Platform;

namespace Orchestrator.Deploy.Tests;

/// <summary>The silos' health check, as it stands in the compose file, against a port that answers.</summary>
public sealed class HealthCheckTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK", true)]
    [InlineData("HTTP/1.1 503 Service Unavailable", false)]
    [InlineData("HTTP/1.1 404 Not Found", false)]
    public async Task A_silo_is_healthy_where_it_says_that_it_is_ready(string answer, bool healthy)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var asked = Answer(listener, answer);
        Assert.Equal(healthy, await IsHealthy(((IPEndPoint)listener.LocalEndpoint).Port));
        Assert.Equal("GET /health/ready HTTP/1.0", await asked);
    }

    [Fact]
    public async Task A_silo_that_does_not_listen_is_not_healthy() => Assert.False(await IsHealthy(FreePort.Any()));

    private static async Task<bool> IsHealthy(int port)
    {
        var test = new DeployFile("docker-compose.yml").Yaml().Find("x-silo", "healthcheck", "test")!.Items();
        Assert.Equal("CMD", test[0]);
        var command = test.Skip(2).Select(word => word.Replace("/5080", "/" + port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        using var check = Process.Start(new ProcessStartInfo(test[1], command) { RedirectStandardError = true })!;
        await check.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        return check.ExitCode == 0;
    }

    private static async Task<string?> Answer(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        var request = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", await reader.ReadLineAsync(TestContext.Current.CancellationToken)); // nothing stays unread, which would end the connection before the answer
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer + "\r\nContent-Length: 0\r\n\r\n"), TestContext.Current.CancellationToken);
        return request;
    }
}
