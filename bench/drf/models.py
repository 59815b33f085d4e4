"""Django's models of the benchmark's tables, which are made and filled without Django."""

from __future__ import annotations

from django.db import models


class Customer(models.Model):  # type: ignore[misc]
    """A customer."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=20, blank=True)
    level = models.CharField(max_length=20, blank=True)
    industry = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=80, blank=True)
    city = models.CharField(max_length=80, blank=True)
    tax_no = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=200, blank=True)
    website = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3)
    credit_limit = models.DecimalField(max_digits=18, decimal_places=2)
    blocked = models.BooleanField(default=False)

    class Meta:
        """The table is the benchmark's."""

        managed = False
        db_table = "customer"


class Product(models.Model):  # type: ignore[misc]
    """A product."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta:
        """The table is the benchmark's."""

        managed = False
        db_table = "product"


class SalesOrder(models.Model):  # type: ignore[misc]
    """A sales order."""

    number = models.CharField(max_length=40, unique=True, null=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    customer_po = models.CharField(max_length=40, blank=True)
    order_date = models.DateField()
    requested_date = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=20)
    untaxed = models.DecimalField(max_digits=18, decimal_places=2)
    tax = models.DecimalField(max_digits=18, decimal_places=2)
    total = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        """The table is the benchmark's."""

        managed = False
        db_table = "sales_order"


class SalesOrderLine(models.Model):  # type: ignore[misc]
    """A line of a sales order."""

    order = models.ForeignKey(SalesOrder, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    qty = models.DecimalField(max_digits=18, decimal_places=4)
    price = models.DecimalField(max_digits=18, decimal_places=4)
    discount = models.DecimalField(max_digits=9, decimal_places=4)
    net = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        """The table is the benchmark's."""

        managed = False
        db_table = "sales_order_line"
