data "aws_availability_zones" "a" {}
resource "aws_vpc" "v" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags = {
    Name = "n"
  }
}
resource "aws_subnet" "pub" {
  count                   = 2
  vpc_id                  = aws_vpc.v.id
  cidr_block              = cidrsubnet("10.0.0.0/16", 8, count.index)
  availability_zone       = data.aws_availability_zones.a.names[count.index]
  map_public_ip_on_launch = true
}
resource "aws_subnet" "pri" {
  count             = 2
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet("10.0.0.0/16", 8, count.index + 10)
  availability_zone = data.aws_availability_zones.a.names[count.index]
}
resource "aws_internet_gateway" "g" {
  vpc_id = aws_vpc.v.id
}
resource "aws_eip" "e" {
  domain = "vpc"
}
resource "aws_nat_gateway" "n" {
  allocation_id = aws_eip.e.id
  subnet_id     = aws_subnet.pub[0].id
  depends_on    = [aws_internet_gateway.g]
}
resource "aws_route_table" "pub" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
}
resource "aws_route_table" "pri" {
  vpc_id = aws_vpc.v.id
}
resource "aws_route" "pri" {
  route_table_id         = aws_route_table.pri.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.n.id
}
resource "aws_route_table_association" "pub" {
  count          = 2
  subnet_id      = aws_subnet.pub[count.index].id
  route_table_id = aws_route_table.pub.id
}
resource "aws_security_group" "s" {
  name   = "s"
  vpc_id = aws_vpc.v.id
}
resource "aws_vpc_security_group_ingress_rule" "s" {
  security_group_id = aws_security_group.s.id
  cidr_ipv4         = "10.0.0.0/8"
  from_port         = 80
  to_port           = 80
  ip_protocol       = "tcp"
}
resource "aws_vpc_security_group_egress_rule" "s" {
  security_group_id = aws_security_group.s.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}
resource "aws_security_group_rule" "s" {
  type                     = "ingress"
  security_group_id        = aws_security_group.s.id
  source_security_group_id = aws_security_group.s.id
  from_port                = 443
  to_port                  = 443
  protocol                 = "tcp"
}
resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.v.id
  service_name    = "com.amazonaws.us-east-1.s3"
  route_table_ids = [aws_route_table.pri.id]
}
resource "aws_network_acl" "n" {
  vpc_id = aws_vpc.v.id
  ingress {
    protocol   = "tcp"
    rule_no    = 100
    action     = "allow"
    cidr_block = "10.0.0.0/8"
    from_port  = 80
    to_port    = 80
  }
}
resource "aws_lb" "l" {
  name               = "lb"
  load_balancer_type = "application"
  subnets            = aws_subnet.pub[*].id
  security_groups    = [aws_security_group.s.id]
}
resource "aws_lb_target_group" "t" {
  name        = "tg"
  port        = 80
  protocol    = "HTTP"
  vpc_id      = aws_vpc.v.id
  target_type = "ip"
  health_check {
    path = "/h"
  }
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.l.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }
}
resource "aws_launch_template" "t" {
  name_prefix            = "xxx"
  image_id               = "ami-12345678"
  instance_type          = "t3.micro"
  vpc_security_group_ids = [aws_security_group.s.id]
}
resource "aws_autoscaling_group" "a" {
  name                = "asg"
  min_size            = 1
  max_size            = 2
  desired_capacity    = 1
  vpc_zone_identifier = aws_subnet.pri[*].id
  launch_template {
    id      = aws_launch_template.t.id
    version = "$Latest"
  }
}
resource "aws_flow_log" "f" {
  vpc_id               = aws_vpc.v.id
  traffic_type         = "ALL"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.f.arn
  iam_role_arn         = aws_iam_role.f.arn
}
resource "aws_cloudwatch_log_group" "f" {
  name              = "flow"
  retention_in_days = 7
}
resource "aws_iam_role" "f" {
  name = "flow"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "vpc-flow-logs.amazonaws.com" } }]
  })
}
